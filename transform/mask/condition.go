package mask

import (
	"errors"
	"fmt"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"
)

// conditionNodes bounds how large a condition is, and so what it costs.
const conditionNodes = 200

// output is what a condition knows: the text that its rule has written.
type output struct {
	Value string `expr:"value"`
}

// CheckCondition tells what is wrong with a condition on what a rule has
// written, as an item of a list of rules holds it under if.
func CheckCondition(text string) error {
	_, err := compileCondition(text)
	return err
}

// compileCondition reads an expression of expr-lang over value. Nothing in it
// knows the time, and nothing goes on for ever.
func compileCondition(text string) (*vm.Program, error) {
	p, err := expr.Compile(text, expr.Env(output{}), expr.AsBool(), expr.MaxNodes(conditionNodes), expr.DisableBuiltin("now"))
	var at *file.Error
	if errors.As(err, &at) {
		return nil, fmt.Errorf("character %d: %s", at.Column+1, at.Message)
	}
	if err != nil {
		first, _, _ := strings.Cut(err.Error(), "\n")
		return nil, errors.New(first)
	}
	return p, nil
}

// condition is one of a running mask. It is used by one goroutine.
type condition struct {
	program *vm.Program
	machine vm.VM
}

// holds tells whether what was written meets the condition. An expression that
// fails, such as int(value) of a word, does not hold.
func (c *condition) holds(written []byte) bool {
	v, err := c.machine.Run(c.program, output{string(written)})
	ok, _ := v.(bool)
	return err == nil && ok
}
