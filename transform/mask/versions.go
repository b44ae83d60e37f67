package mask

// OutputVersion numbers what the mask makes of the same key and input. It
// rises with CatalogVersion, for the masks whose outputs change and for no
// other, so that who upgrades knows which columns will look different.
func (s *Spec) OutputVersion() int { return max(1, s.Version) }
