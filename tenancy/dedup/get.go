package dedup

import (
	"bytes"

	"github.com/ils-platform/ilsai"
)

// Get returns the answer for key if it is in memory. It joins no run and starts none: a caller that
// must reserve something before work may begin asks here first. The caller owns the value.
func (c *Cache) Get(key Key, tenant ilsai.TenantID) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, false
	}
	a, ok := c.find(key, tenant, c.epochs[tenant])
	if !ok {
		return nil, false
	}
	c.stats.Hits++
	return bytes.Clone(a.value), true
}
