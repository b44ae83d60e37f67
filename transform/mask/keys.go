package mask

// Keyring derives every key of a run from the root key.
type Keyring struct{}
