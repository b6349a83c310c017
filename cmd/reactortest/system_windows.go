package main

import "golang.org/x/sys/windows"

// windowsName is what this is: Windows, or Wine, which says so.
func windowsName() string {
	if windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil {
		return "Wine"
	}
	return "Windows"
}
