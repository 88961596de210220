package dedup

// Wait applies the writes that the memory still holds back.
func (c *Cache) Wait() { c.answers.cache.Wait() }
