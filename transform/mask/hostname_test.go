package mask

import "testing"

func TestHostname(t *testing.T) {
	t.Parallel()
	testMask(t, "hostname", []maskCase{
		{name: "host", col: column("text"), value: "db1.corp.test", want: `[a-z2-7]{15}\.example\.(com|net|org)`},
		{name: "short column", col: varchar(20), value: "db1", want: `[a-z2-7]{15}`},
		{name: "by value", col: column("text").unique(), domain: "host", value: "DB1.corp.test", want: `[a-z2-7]{15}\.example\.(com|net|org)`},
		{name: "empty", col: column("text"), value: "", want: ``},
	})
	testRefusals(t, "hostname", []refusal{{"too short", varchar(14), nil, BySubject, "needs 15"}})
	a, b := one(t, "hostname", column("text"), nil, inDomain("h"), "DB1"), one(t, "hostname", column("text"), nil, inDomain("h"), "db1")
	if a != b {
		t.Errorf("spellings of one host: %s and %s", a, b)
	}
}

func TestFileName(t *testing.T) {
	t.Parallel()
	testMask(t, "file_name", []maskCase{
		{name: "path", col: column("text"), value: "/home/jane/cv.pdf", want: `[a-z2-7]{15}\.pdf`},
		{name: "no extension", col: column("text"), value: "README", want: `[a-z2-7]{15}`},
		{name: "a sentence", col: column("text"), value: "dear mr. roe and others", want: `[a-z2-7]{15}`},
		{name: "hidden", col: column("text"), value: ".jane", want: `[a-z2-7]{15}`},
		{name: "short column", col: varchar(8), value: "x.jpeg", want: `[a-z2-7]{3}\.jpeg`},
		{name: "unique", col: column("text").unique(), domain: "file", value: "a.txt", want: `[a-z2-7]{15}\.txt`},
	})
	testRefusals(t, "file_name", []refusal{{"too short", varchar(3), nil, BySubject, "needs 4"}, {"unique and short", varchar(20).unique(), nil, BySubject, "same value"}})
}
