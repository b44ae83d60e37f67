package schema

// Refused is what Preflight and PreData refuse without asking the target.
func (p *Plan) Refused() error { return p.refusals().err(cannotTake) }

// Walked are the foreign keys that are checked through indexes.
func (p *Plan) Walked() (names []string, err error) {
	g, err := p.graph()
	if err != nil {
		return nil, err
	}
	for _, s := range g.steps {
		if s.walk != nil {
			names = append(names, s.name)
		}
	}
	return names, nil
}
