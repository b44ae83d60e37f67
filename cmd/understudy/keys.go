package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/transform/mask"
)

func (a *app) keysCmd() *cobra.Command {
	c := &cobra.Command{
		Use:   "keys",
		Short: "Make the masking key, or tell two keys apart",
		Long: `Every replacement is derived from one 32-byte root key. Who holds it can link masked
values to people; keep it where production's passwords are kept, never beside the
policy. The same key gives the same fake people in every refresh.`,
	}
	c.AddCommand(a.keysGenerateCmd(), a.keysFingerprintCmd())
	return c
}

func (a *app) keysGenerateCmd() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "generate [-o FILE]",
		Short: "Make a new random key",
		Example: `  understudy keys generate -o /run/secrets/understudy.key
  UNDERSTUDY_KEY=$(understudy keys generate)`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			k := mask.GenerateKey()
			if out == "" {
				_, err := fmt.Fprintln(a.out, k.Encode())
				return err
			}
			f, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if errors.Is(err, fs.ErrExist) {
				return fault.New(fault.Usage, "%s exists, and a lost key cannot be made again", out).
					WithHint("move the old key away first, or choose another file")
			}
			if err != nil {
				return fault.Wrap(fault.Usage, err, "write key")
			}
			_, err = fmt.Fprintln(f, k.Encode())
			if err := errors.Join(err, f.Close()); err != nil {
				return fault.Wrap(fault.Usage, err, "write key")
			}
			a.say("wrote a key with fingerprint " + k.Fingerprint() + " to " + out + "\n")
			return nil
		},
	}
	c.Flags().StringVarP(&out, "out", "o", "", "file to write, created with mode 0600; an existing file is never replaced (default standard output)")
	return c
}

func (a *app) keysFingerprintCmd() *cobra.Command {
	c := &cobra.Command{
		Use:   "fingerprint",
		Short: "Print the fingerprint of the configured key, as reports name it",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			k, err := cfg.Key(c.Context())
			if err != nil {
				return err
			}
			v := struct {
				Fingerprint string `json:"fingerprint"`
			}{k.Fingerprint()}
			return a.result(v, func() { fmt.Fprintln(a.out, v.Fingerprint) })
		},
	}
	a.settingFlags(c)
	return c
}
