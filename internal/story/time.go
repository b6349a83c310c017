package story

import "time"

// at starts a task that carries out a command when time has passed.
func (x *scene) at(c *command) string {
	d, err := duration(c.args[0])
	if err != nil || d < 0 {
		return x.fail(c, "%q: a time is 5ms or the like", c.args[0])
	}
	x.task(c, "at "+d.String(), func() {
		x.kernel.Sleep(d)
		x.moved() // the prefix tells it
		x.inTask("["+x.kernel.Now().String()+"] ", c.inner)
	})
	return ""
}

// start starts a task that carries out a command.
func (x *scene) start(c *command) string {
	x.task(c, c.args[0], func() { x.inTask("["+c.args[0]+"] ", c.inner) })
	return ""
}

func (x *scene) task(c *command, name string, f func()) {
	if x.kernel == nil {
		x.fail(c, "%s is for the simulated kernel", c.verb.name)
		return
	}
	x.kernel.Go(name, f)
}

func (p *player) inTask(prefix string, c *command) {
	x := &scene{player: p, prefix: prefix, loud: true}
	x.run(c)
}

func (x *scene) sleep(c *command) string {
	d, err := duration(c.args[0])
	switch {
	case err != nil || d < 0:
		return x.fail(c, "%q: a time is 5ms or the like", c.args[0])
	case x.kernel == nil:
		return x.fail(c, "%s is for the simulated kernel", c.verb.name)
	case d > 24*time.Hour:
		return x.fail(c, "%v: a story sleeps a day at the most", d)
	}
	x.kernel.Sleep(d)
	return ""
}
