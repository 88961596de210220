package store

// Intercept runs every statement of the ledger through f; to be called before the first one.
func (s *Store) Intercept(f func(q string, run func() error) error) { s.intercept = f }
