package schema

// Refused is what Preflight and PreData refuse without asking the target.
func (p *Plan) Refused() error { return p.refusals().err(cannotTake) }
