package store

import (
	"sync"
	"time"

	"github.com/ils-platform/ilsai/tenancy"
)

// zones remembers time zones by name: loading one reads the zone database every time. There are a
// few hundred at most.
type zones struct{ byName sync.Map }

func (z *zones) load(name string) (*time.Location, error) {
	if zone, ok := z.byName.Load(name); ok {
		return zone.(*time.Location), nil
	}
	zone, err := tenancy.LoadTimeZone(name)
	if err != nil {
		return nil, err
	}
	z.byName.Store(name, zone)
	return zone, nil
}
