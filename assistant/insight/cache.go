package insight

import (
	"sync"
	"time"

	"github.com/ils-platform/ilsai"
)

const (
	fresh = 5 * time.Minute
	kept  = 512 // tenants and domains
)

// cache keeps what was found. An entry is one tenant's of one domain; nothing is ever looked up across them.
type cache struct {
	mu      sync.Mutex
	entries map[cacheKey]entry
	reading map[cacheKey]chan struct{} // in the background; closed when it is over
}

type cacheKey struct {
	tenant ilsai.TenantID
	domain string
}

type entry struct {
	found      found
	state      string
	read, used time.Time
}

func newCache() *cache {
	return &cache{entries: map[cacheKey]entry{}, reading: map[cacheKey]chan struct{}{}}
}

// get is what was found of that state, not too long ago.
func (c *cache) get(key cacheKey, state string, now time.Time) (found, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[key]
	if !ok || e.state != state || now.Sub(e.read) >= fresh {
		return found{}, false
	}
	e.used = now
	c.entries[key] = e
	return e.found, true
}

// last is what was found, whenever that was.
func (c *cache) last(key cacheKey) found {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.entries[key].found
}

func (c *cache) put(key cacheKey, state string, now time.Time, f found) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.entries[key]; !known && len(c.entries) >= kept {
		var oldest cacheKey
		var when time.Time
		for k, e := range c.entries {
			if when.IsZero() || e.used.Before(when) {
				oldest, when = k, e.used
			}
		}
		delete(c.entries, oldest)
	}
	c.entries[key] = entry{found: f, state: state, read: now, used: now}
}

// begin says whether the caller is to read in the background, since nobody does yet, and calls end afterwards. over
// is closed then.
func (c *cache) begin(key cacheKey) (over <-chan struct{}, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if reading, ok := c.reading[key]; ok {
		return reading, false
	}
	reading := make(chan struct{})
	c.reading[key] = reading
	return reading, true
}

func (c *cache) end(key cacheKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.reading[key])
	delete(c.reading, key)
}
