package policies

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"

	"github.com/understudy-db/understudy/transform/mask"
)

// TestGenerated: the reference of the configuration and the editors' schema
// are what the declarations in the code say.
func TestGenerated(t *testing.T) {
	t.Parallel()
	schema, err := json.MarshalIndent(editorSchema(t), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][]byte{
		"../understudy.schema.json": append(schema, '\n'),
		"../docs/configuration.md":  []byte(configurationDoc()),
	} {
		if *Update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not current: go generate ./policies", path)
		}
	}
}

// configurationDoc writes docs/configuration.md.
func configurationDoc() string {
	var b strings.Builder
	b.WriteString(`# Configuration

Generated from the code by ` + "`go generate ./policies`" + `. Two kinds of files: the configuration, ` + "`understudy.yaml`" + `, says where
things are and how gently to go about them; policy files say what happens to every column.

## The configuration file

` + "```yaml" + `
# yaml-language-server: $schema=./understudy.schema.json
version: 1
project: shop
source: { url: "${env:PRODUCTION_URL}", connections: 6 }
target: { url: "${env:STAGING_ADMIN_URL}", database: shop_staging, owner: shop_app, keep: 1 }
key: "${file:/run/secrets/understudy.key}"
policy: [policies/*.yaml]
` + "```" + `

Verbs read ` + "`./understudy.yaml`, or what `-c FILE` or `UNDERSTUDY_CONFIG`" + ` name. A flag comes before its environment variable, that before the
file, and the file before the default; an empty variable counts as not set. Relative paths start at the file's folder.
Lists in flags and variables have commas between their items, maps are written ` + "`a=b,c=d`" + `.

Durations carry their unit (` + "`500ms`, `30s`, `4h`" + `), and so do sizes (` + "`512kB`, `256MiB`" + `).

Secrets (` + "`source.url`, `target.url`, `key`" + `) may hold references, which are fetched only by verbs that need them. One line end is
cut off the result, and it is never printed:

| reference | stands for |
|---|---|
| ` + "`${env:NAME}`" + ` | an environment variable |
| ` + "`${file:PATH}`" + ` | the contents of a file |
| ` + "`${command:COMMAND}`" + ` | what a shell command writes to its standard output |
| ` + "`$${`" + ` | the characters ` + "`${`" + ` |

A password with signs such as ` + "`@` or `/`" + ` has to be percent-encoded within a URL; libpq's service and password files work as in psql.

`)
	section := ""
	for _, s := range settings() {
		group, _, nested := strings.Cut(s.Path, ".")
		if !nested {
			group = ""
		}
		if group != section || s.Path == "version" {
			section = group
			title := group
			if title == "" {
				title = "General"
			}
			fmt.Fprintf(&b, "### %s\n\n", title)
		}
		fmt.Fprintf(&b, "**`%s`** (%s", s.Path, typeWords(s))
		if s.Default != "" {
			fmt.Fprintf(&b, ", default `%s`", s.Default)
		}
		b.WriteString(")  \n")
		b.WriteString(s.Doc)
		switch {
		case s.Flag != "":
			fmt.Fprintf(&b, "  \n`--%s`, `%s`", s.Flag, s.Env)
		case s.Env != "":
			fmt.Fprintf(&b, "  \n`%s`", s.Env)
		}
		b.WriteString("\n\n")
	}

	b.WriteString(`## Policy files

` + "```yaml" + `
version: 1
tables:
  public.customers:
    subject: id                       # fakes of one customer agree with each other
    keep: [id, created_at, status]    # explicit pass-through
    columns:
      email:      { mask: email, domain: person.email }   # by value: other tables join on it
      full_name:  full_name                               # short form, by subject
      birth_date: { mask: shift_date, days: 30 }
      notes:      text
      settings:   { mask: json, keep: [$.theme, $.locale] }
  public.orders:
    subject: customer_id -> public.customers
    keep: [id, customer_id, total, status, created_at]
    columns: { shipping_address: address, client_ip: ip }
  public.sessions: { rows: none }     # structure only
  public.audit_*:  { rows: none }
large_objects: none
unsupported: [public.old_report, public.orders.orders_check]
` + "```" + `

Several files are read as one policy. Masks and their parameters are in [masks.md](masks.md).

`)
	for _, part := range []struct {
		title string
		keys  []sectionKey
	}{{"A policy file", policyKeys}, {"A table's entry", tableKeys}, {"A column's rule", ruleKeys}, {"A waiver", waiverKeys}, {"Rules that can be waived", waivable}} {
		fmt.Fprintf(&b, "### %s\n\n| key | meaning |\n|---|---|\n", part.title)
		for _, k := range part.keys {
			fmt.Fprintf(&b, "| `%s` | %s |\n", k.name, strings.ReplaceAll(k.doc, "|", "\\|"))
		}
		b.WriteString("\n")
	}
	b.WriteString(`Other keys of a rule are the parameters of its mask.

### What has to be named

Every table and every column, or the run stops before a row is read. These need no rule:

- columns of a foreign key, which inherit the rule of the column they reference, through any number of tables. A column that
  inherits ` + "`keep`" + ` has to be listed all the same where the constraint does not vouch for its values (NOT VALID, or one of several nullable columns);
- partitions, which follow their root; a rule on a partition is an error. A detached partition is a table like any other;
- the columns that an inheritance child has from its parent; its own need rules. Its own entry comes first;
- generated columns, which follow what they are made of;
- tables that belong to an extension (their configuration rows are copied, pg_cron's and the like are not), and the migration tool's version table;
- views, and foreign tables, which come without rows.

### Names

Tables are written as in SQL: ` + "`public.orders`, `public.\"Order Items\"`" + `. Outside of quotes ` + "`*` and `?`" + ` are wildcards. An exact name comes before a
pattern; two patterns on one table are an error, and so is whatever matches nothing. In YAML a key that starts with a quote or a ` + "`*`" + `
needs quotes around all of it: ` + "`'\"My Schema\".orders'`, `\"*.audit\"`" + `. Columns are written plainly, or in SQL's quotes.

### Rules that depend on the row, and on other columns

A column's entry may be a list of rules with conditions (` + "`when`" + `), tried in order; the last has none. ` + "`after`" + ` of ` + "`noise`" + ` keeps the order of events.
` + "`same_as: public.customers.email via customer_id`" + ` gives a copy the fake of the row it was copied from, ` + "`derive: SQL`" + ` computes a column from what is masked once
all rows are loaded. Generated columns and materialized views compute themselves again and need no rule. See [masks.md](masks.md).

### What a mask is keyed by

With a ` + "`domain`" + `, by the value: equal values become equal in all columns of the domain, which must have the same mask and parameters.
Otherwise by the row's ` + "`subject`" + `: the table's, or the rule's own. Without a subject, or where it is NULL, by the row: its primary key,
else its shortest unique NOT NULL key, else a hash of all of it.

A subject is a column, or a path to the person's table: ` + "`order_id -> public.orders.customer_id -> public.customers`" + `. Columns of a composite key are
written as a list: ` + "`(shop, no) -> public.shops`" + `. An arrow follows a foreign key, or looks up the next table's primary key. Where the path ends, that
table's own ` + "`subject`" + ` goes on. Looking into other tables makes reading slower; ` + "`understudy check`" + ` says where.

### Rows

` + "`rows: none`" + ` copies no rows, ` + "`rows: { where: \"created_at > now() - interval '90 days'\" }`" + ` some. A table that kept rows of other tables reference can be neither
emptied nor filtered. Conditions and ` + "`sql`" + ` rules are evaluated by the source, read-only, with ` + "`search_path`" + ` pg_catalog.
`)
	return b.String()
}

func typeWords(s Setting) string {
	words := s.Type
	if len(s.OneOf) > 0 {
		words = "`" + strings.Join(s.OneOf, "`, `") + "`"
	}
	switch {
	case s.Min != "" && s.Max != "":
		words += ", " + s.Min + " to " + s.Max
	case s.Min != "":
		words += ", at least " + s.Min
	}
	return words
}

// editorSchema is one JSON Schema for both kinds of files.
func editorSchema(t *testing.T) *jsonschema.Schema {
	reflector := jsonschema.Reflector{
		FieldNameTag: "yaml", DoNotReference: true, Anonymous: true, RequiredFromJSONSchemaTags: true,
		Mapper: func(rt reflect.Type) *jsonschema.Schema {
			switch rt {
			case durationType:
				return &jsonschema.Schema{Type: "string", Pattern: `^([0-9.]+(ns|us|µs|ms|s|m|h))+$`}
			case sizeType:
				return &jsonschema.Schema{OneOf: []*jsonschema.Schema{{Type: "integer"}, {Type: "string", Pattern: `^[0-9._]+ ?([kKMGT]i?)?B?$`}}}
			case secretType:
				return &jsonschema.Schema{Type: "string"}
			case stringsType:
				return oneOrMore(&jsonschema.Schema{Type: "string"})
			}
			return nil
		},
	}
	config := reflector.Reflect(&Config{})
	config.Version = ""
	config.Title = "understudy's configuration"
	config.Required = []string{"version"}
	describe(t, config, "")

	return &jsonschema.Schema{
		Version:     jsonschema.Version,
		Title:       "understudy",
		Description: "The configuration file and policy files of understudy.",
		If:          onlyInPolicies(),
		Then:        &jsonschema.Schema{Ref: "#/$defs/policy"},
		Else:        &jsonschema.Schema{Ref: "#/$defs/config"},
		Definitions: jsonschema.Definitions{"config": config, "policy": policySchema(), "rule": ruleSchema()},
	}
}

// describe fills in what the tags of the settings say.
func describe(t *testing.T, s *jsonschema.Schema, prefix string) {
	for p := s.Properties.Oldest(); p != nil; p = p.Next() {
		path := prefix + p.Key
		setting := settingsByPath()[path]
		if setting == nil {
			describe(t, p.Value, path+".")
			continue
		}
		p.Value.Description = setting.Doc
		if setting.Default != "" && setting.Type != "list" {
			p.Value.Default = jsonDefault(setting)
		}
		for _, one := range setting.OneOf {
			p.Value.Enum = append(p.Value.Enum, one)
		}
		if setting.Type == "string" && contains(setting.OneOf, "true") {
			p.Value.Type = "" // pristine: true is a boolean in YAML
			p.Value.Enum = append(p.Value.Enum, true, false)
		}
		if setting.Type == "integer" || setting.Type == "number" {
			p.Value.Minimum, p.Value.Maximum = json.Number(setting.Min), json.Number(setting.Max)
		}
		if path == "version" {
			p.Value.Const = 1
		}
		if setting.Type == "statements" {
			p.Value.Items.OneOf = []*jsonschema.Schema{{Required: []string{"file"}}, {Required: []string{"sql"}}}
		}
	}
}

func jsonDefault(s *Setting) any {
	switch s.Type {
	case "integer", "number":
		return json.Number(s.Default)
	case "boolean":
		b, _ := strconv.ParseBool(s.Default)
		return b
	}
	return s.Default
}

func docsOf(keys []sectionKey) map[string]string {
	m := map[string]string{}
	for _, k := range keys {
		m[k.name] = k.doc
	}
	return m
}

// onlyInPolicies tells a policy file, which may hold less than tables, from a
// configuration.
func onlyInPolicies() *jsonschema.Schema {
	out := &jsonschema.Schema{Type: "object"}
	for _, k := range []string{"tables", "locale", "large_objects", "comments", "unsupported"} {
		out.AnyOf = append(out.AnyOf, &jsonschema.Schema{Required: []string{k}})
	}
	return out
}

func policySchema() *jsonschema.Schema {
	names := func() *jsonschema.Schema { return oneOrMore(&jsonschema.Schema{Type: "string"}) }
	table := object(map[string]*jsonschema.Schema{
		"subject": {Type: "string"},
		"locale":  localeSchema(),
		"keep":    names(),
		"columns": {Type: "object", AdditionalProperties: &jsonschema.Schema{OneOf: []*jsonschema.Schema{
			{Ref: "#/$defs/rule"},
			{Type: "array", Items: &jsonschema.Schema{Ref: "#/$defs/rule"}, Description: "Rules with conditions, tried in order; the last has no condition."},
		}}},
		"rows": {OneOf: []*jsonschema.Schema{
			{Enum: []any{"all", "none"}},
			object(map[string]*jsonschema.Schema{"where": {Type: "string", Description: "An SQL condition over the table's columns."}}, "where"),
		}},
	})
	table.AdditionalProperties = jsonschema.FalseSchema
	addDocs(table, docsOf(tableKeys))
	policy := object(map[string]*jsonschema.Schema{
		"version":       {Const: 1},
		"tables":        {Type: "object", AdditionalProperties: table},
		"locale":        localeSchema(),
		"large_objects": {Enum: []any{"none", "keep"}},
		"comments":      {Enum: []any{"none", "keep"}},
		"unsupported":   names(),
		"extensions":    object(map[string]*jsonschema.Schema{"skip": names()}),
		"waive":         oneOrMore(waiverSchema()),
	}, "version")
	policy.AdditionalProperties = jsonschema.FalseSchema
	addDocs(policy, docsOf(policyKeys))
	policy.Title = "an understudy policy"
	return policy
}

func waiverSchema() *jsonschema.Schema {
	var rules []any
	for _, name := range keyNames(waivable) {
		rules = append(rules, name)
	}
	s := object(map[string]*jsonschema.Schema{
		"rule":   {Enum: rules},
		"on":     oneOrMore(&jsonschema.Schema{Type: "string"}),
		"reason": {Type: "string"},
		"until":  {Type: "string", Format: "date"},
	}, "rule", "on", "reason")
	s.AdditionalProperties = jsonschema.FalseSchema
	addDocs(s, docsOf(waiverKeys))
	return s
}

func localeSchema() *jsonschema.Schema {
	s := &jsonschema.Schema{}
	for _, l := range mask.Locales() {
		s.Enum = append(s.Enum, l)
	}
	return s
}

// ruleSchema is a mask's name, or a map with mask and that mask's parameters.
func ruleSchema() *jsonschema.Schema {
	docs := docsOf(ruleKeys)
	short := &jsonschema.Schema{Description: "Name of a mask."}
	out := &jsonschema.Schema{OneOf: []*jsonschema.Schema{short}}
	for _, s := range mask.All() {
		required := []string{"mask"}
		props := map[string]*jsonschema.Schema{"mask": {Const: s.Name, Description: s.Summary}}
		if keyedWays(s, mask.ByValue) {
			props["domain"] = &jsonschema.Schema{Type: "string", Description: docs["domain"]}
		}
		if s.Name != ruleKeep {
			props["unchanged"] = &jsonschema.Schema{Const: "allowed", Description: docs["unchanged"]}
		}
		props["when"] = &jsonschema.Schema{Type: "string", Description: docs["when"]}
		props["if"] = &jsonschema.Schema{Type: "string", Description: docs["if"]}
		if keyedWays(s, mask.BySubject) {
			props["subject"] = &jsonschema.Schema{Type: "string", Description: docs["subject"]}
		}
		if s.Locale {
			l := localeSchema()
			l.Description = docs["locale"]
			props["locale"] = l
		}
		needs := false
		for _, p := range s.Params {
			props[p.Name] = paramSchema(p)
			if p.Required {
				needs = true
				required = append(required, p.Name)
			}
		}
		if !needs {
			short.Enum = append(short.Enum, s.Name)
		}
		if s.Name == ruleNull {
			short.Enum = append(short.Enum, nil) // YAML's own null
			props["mask"] = &jsonschema.Schema{Enum: []any{s.Name, nil}, Description: s.Summary}
		}
		long := object(props, required...)
		long.AdditionalProperties = jsonschema.FalseSchema
		out.OneOf = append(out.OneOf, long)
	}
	for _, name := range []string{ruleDerive, ruleSameAs} { // their short forms
		s := mask.Find(name)
		alone := object(map[string]*jsonschema.Schema{name: {Type: "string", Description: s.Summary}}, name)
		alone.AdditionalProperties = jsonschema.FalseSchema
		out.OneOf = append(out.OneOf, alone)
	}
	return out
}

func paramSchema(p mask.Param) *jsonschema.Schema {
	s := &jsonschema.Schema{Description: p.Doc, Default: p.Default}
	switch p.Type {
	case mask.Integer:
		s.Type = "integer"
	case mask.Decimal:
		s.Type = "number"
	case mask.Boolean:
		s.Type = "boolean"
	case mask.Strings:
		return &jsonschema.Schema{Description: p.Doc, OneOf: oneOrMore(&jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: "string"}, {Type: "number"}, {Type: "boolean"}}}).OneOf}
	case mask.Rule:
		return &jsonschema.Schema{Description: p.Doc, AllOf: []*jsonschema.Schema{{Ref: "#/$defs/rule"}}}
	case mask.Rules:
		s.Type, s.AdditionalProperties = "object", &jsonschema.Schema{Ref: "#/$defs/rule"}
	case mask.String, mask.Lines:
		s.Type = "string"
	}
	for _, one := range p.OneOf {
		s.Enum = append(s.Enum, one)
	}
	return s
}

// oneOrMore is a list, or one item without brackets.
func oneOrMore(item *jsonschema.Schema) *jsonschema.Schema {
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{{Type: "array", Items: item}, item}}
}

// object is a map's schema with its properties in alphabetical order.
func object(props map[string]*jsonschema.Schema, required ...string) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "object", Properties: jsonschema.NewProperties(), Required: required}
	for _, name := range sortedKeys(props) {
		s.Properties.Set(name, props[name])
	}
	return s
}

func addDocs(s *jsonschema.Schema, docs map[string]string) {
	for p := s.Properties.Oldest(); p != nil; p = p.Next() {
		p.Value.Description = docs[p.Key]
	}
}
