package tenancy

import (
	"fmt"
	"sync"
	"time"
	_ "time/tzdata" // a shop's time zone must be known on machines without a zone database too

	"github.com/ils-platform/ilsai"
)

// timeZones remembers zones by name: loading one reads a file, and every question needs its shop's.
// There are a few hundred at most.
var timeZones sync.Map // string → *time.Location

// LoadTimeZone loads an IANA zone. "Local" and "" are refused: they mean the server's zone, which
// is never the shop's.
func LoadTimeZone(name string) (*time.Location, error) {
	const hint = "a time zone is an IANA name such as Europe/Paris"
	if zone, ok := timeZones.Load(name); ok {
		return zone.(*time.Location), nil
	}
	if name == "" || name == "Local" {
		return nil, ilsai.Errorf(ilsai.CodeInvalid, hint)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, ilsai.Wrap(ilsai.CodeInvalid, fmt.Errorf("time zone %q: %w", name, err), hint)
	}
	timeZones.Store(name, zone)
	return zone, nil
}
