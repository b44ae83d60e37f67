// Command bench measures understudy against what PostgreSQL itself can do. It
// starts two throw-away clusters, fills one with a shop, copies the shop to the
// other in several ways in alternating rounds, and prints times, ratios within
// the same round, CPU and memory. docs/performance.md explains the figures.
//
//	make bench SCALE=small ROUNDS=1
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

// options are what the command line says.
type options struct {
	scale  string
	rounds int
	json   string
	only   string
	binary string
	other  string
	jobs   int
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	if len(os.Args) > 1 && os.Args[1] == pipeVerb {
		err = pipe(ctx, os.Args[2:])
	} else {
		err = run(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	var o options
	flag.StringVar(&o.scale, "scale", "full", "size of the shop: "+strings.Join(scaleNames(), ", "))
	flag.IntVar(&o.rounds, "rounds", 3, "rounds, each with one run of everybody")
	flag.StringVar(&o.json, "json", "", "also write everything to this `FILE`")
	flag.StringVar(&o.only, "only", "", "comma-separated `NAMES` of whom to run; empty runs all")
	flag.StringVar(&o.binary, "binary", "", "understudy `BINARY` to measure; empty builds one from this module")
	flag.StringVar(&o.other, "other", "", "another understudy `BINARY` to measure beside it in the same rounds, to see what a change does")
	flag.IntVar(&o.jobs, "jobs", 2, "tables and indexes at a time, for everybody")
	flag.Parse()
	size, ok := scales[o.scale]
	if !ok || o.rounds < 1 || o.jobs < 1 || flag.NArg() > 0 {
		return fmt.Errorf("-scale is one of %s, -rounds and -jobs are at least 1", strings.Join(scaleNames(), ", "))
	}

	b, err := newBench(ctx, size, o.jobs)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.remove()) }()
	all, err := b.contenders(ctx, o)
	if err != nil {
		return err
	}
	r := &results{Setting: b.setting(o, all), Contenders: names(all)}
	r.Setting.print(os.Stdout)
	if err := b.fill(ctx); err != nil {
		return err
	}
	r.Setting.Shop = b.shop
	b.shop.print(os.Stdout)

	// The first run after the filling pays for memory that the machine has to
	// find first, which made it a third slower: it is not counted.
	warm, err := b.measure(ctx, all[0], 0)
	if err != nil {
		return fmt.Errorf("warm-up, %s: %w", all[0].name(), err)
	}
	b.say("warm-up  %-22s %s", all[0].name(), warm.summary())
	for round := 1; round <= o.rounds; round++ {
		for _, c := range rotated(all, round-1) {
			m, err := b.measure(ctx, c, round)
			if err != nil {
				return fmt.Errorf("round %d, %s: %w", round, c.name(), err)
			}
			r.Runs = append(r.Runs, m)
			b.say("round %d  %-22s %s", round, c.name(), m.summary())
		}
	}
	r.compare()
	r.print(os.Stdout)
	if o.json == "" {
		return nil
	}
	return r.write(o.json)
}

// rotated gives each round another one to begin with: whoever comes first or
// last is not always the same.
func rotated(all []contender, by int) []contender {
	by %= len(all)
	return slices.Concat(all[by:], all[:by])
}

func names(all []contender) []string {
	var out []string
	for _, c := range all {
		out = append(out, c.name())
	}
	return out
}
