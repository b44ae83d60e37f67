package policies

import (
	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/transform/mask"
)

// sentAlong are the other columns of the row that a command gets to see.
func (c *column) sentAlong() []*catalog.Column {
	names, _ := c.rule.params["with"].([]string)
	var out []*catalog.Column
	for _, name := range names {
		if col := findColumn(c.owner.table, name); col != nil {
			out = append(out, col)
		}
	}
	return out
}

// checkCommand checks the columns that a command is to see.
func (c *column) checkCommand() error {
	names, _ := c.rule.params["with"].([]string)
	if c.ruleName() != "command" {
		return nil
	}
	for _, name := range names {
		if findColumn(c.owner.table, name) == nil {
			return &mask.ParamError{Param: "with", Msg: "the table has no column " + name, Hint: didYouMean(name, columnNames(c.owner.table))}
		}
	}
	return nil
}
