package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/transform/mask"
)

// version is set by the linker for releases; else it comes from build information.
var version string

func toolVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}

func (a *app) versionCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of understudy and of its mask catalogue",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			v := struct {
				Version string `json:"version"`
				Masks   int    `json:"mask_catalog_version"`
				Go      string `json:"go"`
			}{toolVersion(), mask.CatalogVersion, runtime.Version()}
			return a.result(v, func() {
				fmt.Fprintf(a.out, "understudy %s (mask catalogue %d, %s)\n", v.Version, v.Masks, v.Go)
			})
		},
	}
}
