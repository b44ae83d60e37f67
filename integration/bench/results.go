package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/understudy-db/understudy/internal/pgserver"
)

// results are everything that was measured, and where.
type results struct {
	Setting    setting        `json:"setting"`
	Contenders []string       `json:"contenders"`
	Runs       []*measurement `json:"runs"`
	Ratios     []ratio        `json:"ratios"`
}

// setting is what the figures depend on.
type setting struct {
	Scale    string            `json:"scale"`
	Rounds   int               `json:"rounds"`
	Jobs     int               `json:"jobs"`
	Server   string            `json:"postgresql"`
	Go       string            `json:"go"`
	CPU      string            `json:"cpu"`
	Cores    int               `json:"cores"`
	Load     float64           `json:"load_average"`
	Settings map[string]string `json:"server_settings"`
	Who      []described       `json:"who"`
	Shop     *shop             `json:"shop"`
}

type described struct {
	Name  string `json:"name"`
	About string `json:"about"`
}

// busy is the load average above which figures say more about the neighbours.
const busy = 0.5

func (b *bench) setting(o options, all []contender) setting {
	s := setting{
		Scale: o.scale, Rounds: o.rounds, Jobs: o.jobs,
		Server: fmt.Sprintf("PostgreSQL %d (%s)", b.source.Programs().Major, b.source.Programs().Dir),
		Go:     runtime.Version(), CPU: cpuModel(), Cores: runtime.NumCPU(), Load: loadAverage(),
		Settings: pgserver.Defaults(),
	}
	maps.Copy(s.Settings, settings)
	for _, c := range all {
		s.Who = append(s.Who, described{c.name(), c.about()})
	}
	return s
}

func (s *setting) print(w io.Writer) {
	fmt.Fprintf(w, "%s, %d cores of %s, %s\n", s.Server, s.Cores, s.CPU, s.Go)
	fmt.Fprintf(w, "two clusters on this machine, everybody with %d jobs; autovacuum is off on both, and so is fsync\n", s.Jobs)
	fmt.Fprint(w, "settings:")
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(w, " %s=%s", name, settings[name])
	}
	fmt.Fprintln(w)
	for _, c := range s.Who {
		fmt.Fprintf(w, "  %-20s %s\n", c.Name, c.About)
	}
	if s.Load > busy {
		fmt.Fprintf(w, "NOTE: the load average is %.1f: something else is running, and the figures mean little\n", s.Load)
	}
}

// cpuModel is the processor's name, empty if the system does not tell.
func cpuModel() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// spread is the least, the middle and the largest of some figures.
type spread struct {
	Min    float64 `json:"min"`
	Median float64 `json:"median"`
	Max    float64 `json:"max"`
}

func spreadOf(figures []float64) spread {
	slices.Sort(figures)
	n := len(figures)
	return spread{figures[0], (figures[(n-1)/2] + figures[n/2]) / 2, figures[n-1]}
}

// ratio is a comparison within each round, or a figure with a goal.
type ratio struct {
	Name string `json:"name"`
	Goal string `json:"goal"` // at full scale
	spread
	Met  bool `json:"met"` // by the median
	unit string
}

// goal is what issue and design ask of the median at full scale.
type goal struct {
	name  string
	limit float64
	unit  string
	of    func(round map[string]*measurement) (float64, bool)
}

// against compares two contenders of one round.
func against(a, b string, figure func(*measurement) float64) func(map[string]*measurement) (float64, bool) {
	return func(round map[string]*measurement) (float64, bool) {
		x, y := round[a], round[b]
		if x == nil || y == nil || figure(y) == 0 {
			return 0, false
		}
		return figure(x) / figure(y), true
	}
}

// alone is a figure of understudy's own.
func alone(figure func(*measurement) float64) func(map[string]*measurement) (float64, bool) {
	return func(round map[string]*measurement) (float64, bool) {
		m := round[maskedName]
		if m == nil {
			return 0, false
		}
		return figure(m), true
	}
}

func wall(m *measurement) float64 { return m.Seconds }
func allCPU(m *measurement) float64 {
	if m.SourceCPU == 0 {
		return 0
	}
	return m.OwnCPU + m.SourceCPU + m.TargetCPU
}
func sourceCPU(m *measurement) float64 { return m.SourceCPU }

var goals = []goal{
	{"understudy / raw limit", 1.10, "", against(maskedName, rawName, wall)},
	{"understudy / pg_dump, pg_restore", 0.60, "", against(maskedName, dumpName, wall)},
	{"understudy / pgcopydb", 0.75, "", against(maskedName, pgcopydbName, wall)},
	{"masked / unmasked", 1.12, "", against(maskedName, keepName, wall)},
	{"all CPU, understudy / raw limit", 0, "", against(maskedName, rawName, allCPU)},
	{"source CPU, understudy / pg_dump", 1.00, "", against(maskedName, dumpName, sourceCPU)},
	{"own share of all CPU", 12, " %", alone(func(m *measurement) float64 { return 100 * m.ownShare() })},
	{"peak memory", 64, " MB", alone(func(m *measurement) float64 { return mb(m.PeakRSS) })},
	{"swap", 250, " ms", alone(func(m *measurement) float64 { return m.SwapMS })},
	{"other understudy / understudy", 0, "", against(otherName, maskedName, wall)},
	{"other own CPU / understudy's", 0, "", against(otherName, maskedName, func(m *measurement) float64 { return m.OwnCPU })},
}

// compare works out what can be compared of the runs there are.
func (r *results) compare() {
	rounds := map[int]map[string]*measurement{}
	for _, m := range r.Runs {
		if rounds[m.Round] == nil {
			rounds[m.Round] = map[string]*measurement{}
		}
		rounds[m.Round][m.Contender] = m
	}
	for _, g := range goals {
		var figures []float64
		for _, round := range rounds {
			if f, ok := g.of(round); ok {
				figures = append(figures, f)
			}
		}
		if len(figures) == 0 {
			continue
		}
		s := spreadOf(figures)
		out := ratio{Name: g.name, spread: s, Met: s.Median <= g.limit, unit: g.unit}
		if g.limit > 0 {
			out.Goal = fmt.Sprintf("≤ %.4g%s", g.limit, g.unit)
		}
		r.Ratios = append(r.Ratios, out)
	}
}

func (r *results) print(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\t\twall s\t\t\town CPU s\t\tserver CPU s\t\tpeak MB\tswap ms\t")
	fmt.Fprintln(t, "\tmin\tmedian\tmax\tmedian\tshare %\tsource\ttarget\tmax\tmax\t")
	for _, name := range r.Contenders {
		figures := func(of func(*measurement) float64) spread {
			var all []float64
			for _, m := range r.Runs {
				if m.Contender == name {
					all = append(all, of(m))
				}
			}
			return spreadOf(all)
		}
		s := figures(wall)
		swap := "–"
		if ms := figures(func(m *measurement) float64 { return m.SwapMS }).Max; ms > 0 {
			swap = fmt.Sprintf("%.0f", ms)
		}
		fmt.Fprintf(t, "%s\t%.2f\t%.2f\t%.2f\t%.2f\t%.1f\t%.1f\t%.1f\t%.0f\t%s\t\n", name, s.Min, s.Median, s.Max,
			figures(func(m *measurement) float64 { return m.OwnCPU }).Median,
			figures(func(m *measurement) float64 { return 100 * m.ownShare() }).Median,
			figures(sourceCPU).Median,
			figures(func(m *measurement) float64 { return m.TargetCPU }).Median,
			figures(func(m *measurement) float64 { return mb(m.PeakRSS) }).Max, swap)
	}
	t.Flush()

	fmt.Fprintln(w, "\nwithin the same round (goals are for full scale on 2 cores)")
	t = tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\tmin\tmedian\tmax\tgoal\t\t")
	for _, x := range r.Ratios {
		met := ""
		if x.Goal != "" {
			met = map[bool]string{true: "met", false: "missed"}[x.Met]
		}
		fmt.Fprintf(t, "%s\t%.3g%s\t%.3g%s\t%.3g%s\t%s\t%s\t\n", x.Name, x.Min, x.unit, x.Median, x.unit, x.Max, x.unit, x.Goal, met)
	}
	t.Flush()
	r.printSteps(w)
}

// printSteps shows where the time of those goes that tell.
func (r *results) printSteps(w io.Writer) {
	fmt.Fprintln(w, "\nmedian seconds by step")
	for _, name := range r.Contenders {
		var order []string
		by := map[string][]float64{}
		for _, m := range r.Runs {
			if m.Contender != name {
				continue
			}
			for _, s := range m.Steps {
				if by[s.Name] == nil {
					order = append(order, s.Name)
				}
				by[s.Name] = append(by[s.Name], s.Seconds)
			}
		}
		if len(order) == 0 {
			continue
		}
		fmt.Fprintf(w, "  %-20s", name)
		for _, s := range order {
			fmt.Fprintf(w, " %s %.2f", s, spreadOf(by[s]).Median)
		}
		fmt.Fprintln(w)
	}
}

// write writes the JSON form.
func (r *results) write(path string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}
