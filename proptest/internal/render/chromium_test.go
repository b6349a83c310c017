package render_test

import (
	"context"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"reactortest/proptest/internal/render"
)

// chromium is the browser that shows the pages: Debian's package chromium.
func chromium(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skipf("no browser to show a page: %v; Debian has it in the package chromium", err)
	}
	if testing.Short() {
		t.Skip("a browser takes seconds to start")
	}
	return path
}

// browse shows a page in a window of 1000 by 700 pixels.
func browse(t *testing.T, path string, flags ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	args := append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1000,700",
		"--user-data-dir=" + t.TempDir(), "--disable-background-networking", "--no-first-run",
	}, flags...)
	cmd := exec.CommandContext(ctx, chromium(t), append(args, "file://"+path)...)
	var errors strings.Builder
	cmd.Stderr = &errors
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, errors.String())
	}
	return string(out)
}

// write writes a page, with a script behind it.
func write(t *testing.T, s *render.Story, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(path, []byte(page(t, s)+"<script>"+script+"</script>"), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// press is a script that presses keys and writes down what the page says then.
func press(keys ...string) string {
	var b strings.Builder
	for _, k := range keys {
		b.WriteString("document.dispatchEvent(new KeyboardEvent('keydown', {key: '" + k + "'}));")
	}
	return b.String() + "document.body.append('[said ' + document.getElementById('status').textContent + ']');"
}

func TestKeysStepThroughThePage(t *testing.T) {
	tests := []struct {
		why  string
		keys []string // pressed one after another, from test to test
		want string
	}{
		{"the page begins at the line that breaks the rule", nil, "the failing run, line 5 of 5, at 1ms, decisions before it: 5, breaks the rule\nloop: dispatch a r"},
		{"k is the line before", []string{"k"}, "line 4 of 5, at 0s, decisions before it: 4\npeer a: writes"},
		{"D is the decision before", []string{"D"}, "line 3 of 5, at 0s, decision #3\ntask 1/2: peer a runs before loop"},
		{"m is the mark", []string{"m"}, "breaks the rule"},
		{"folded lines are stepped over", []string{"g", "j"}, "line 3 of 5"},
		{"d is the next decision", []string{"g", "d"}, "line 3 of 5"},
		{"v shows them", []string{"v", "g", "j"}, "line 2 of 5, at 0s, decisions before it: 0\nloop: register handle 3"},
		{"r is the other run", []string{"r", "G"}, "the nearest passing run, line 2 of 2, at 1s"},
		{"arrows are j and k", []string{"r", "Home", "ArrowDown", "ArrowDown", "ArrowUp"}, "the failing run, line 2 of 5"},
		{"beyond the end there is nothing", []string{"End", "j"}, "the failing run, line 5 of 5"},
	}
	var script strings.Builder
	for _, tt := range tests {
		script.WriteString(press(tt.keys...))
	}
	dom := browse(t, write(t, story(), script.String()), "--dump-dom")
	if !strings.Contains(dom, `data-ready="yes"`) {
		t.Error("the script of the page did not run to its end")
	}
	dom = dom[strings.LastIndex(dom, "</script>")+1:]
	for _, tt := range tests {
		said, rest, _ := strings.Cut(dom, "]")
		dom = rest
		if _, said, _ = strings.Cut(said, "[said "); !strings.Contains(said, tt.want) {
			t.Errorf("%s: the page says %q, want %q", tt.why, said, tt.want)
		}
	}
}

func TestMarkedLineIsSeen(t *testing.T) {
	light, dark := color.RGBA{0xff, 0xdf, 0xe2, 0xff}, color.RGBA{0x57, 0x18, 0x23, 0xff}
	for _, tt := range []struct {
		why   string
		story *render.Story
		flags []string
		want  color.RGBA
	}{
		{"a short run", story(), nil, light},
		{"a short run in the dark", story(), []string{"--blink-settings=preferredColorScheme=0"}, dark},
		{"the mark in the middle of a long run", long(2000, 400), nil, light},
	} {
		shot := filepath.Join(t.TempDir(), "shot.png")
		browse(t, write(t, tt.story, ""), append(tt.flags, "--screenshot="+shot)...)
		if seen := pixels(t, shot, tt.want); seen < 3000 {
			t.Errorf("%s: %d pixels have the color of the marked line, want a line of them", tt.why, seen)
		}
	}
}

// pixels counts those of a color in a picture.
func pixels(t *testing.T, path string, want color.RGBA) (n int) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var picture image.Image
	if picture, err = png.Decode(f); err != nil {
		t.Fatal(err)
	}
	for y := picture.Bounds().Min.Y; y < picture.Bounds().Max.Y; y++ {
		for x := picture.Bounds().Min.X; x < picture.Bounds().Max.X; x++ {
			if color.RGBAModel.Convert(picture.At(x, y)) == want {
				n++
			}
		}
	}
	return n
}
