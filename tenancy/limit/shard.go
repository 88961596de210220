package limit

import (
	"strings"
	"sync"
	"time"
)

// shard is a map of logs and a list of them in the order of their last admission, so that the idle
// ones are found at one end. Every log in it holds a stamp whenever the lock is free.
type shard struct {
	mu             sync.Mutex
	logs           map[string]*log
	newest, oldest *log
	_              [64]byte // neighbours do not share a cache line
}

// open returns the log of key, a new and empty one if there is none.
func (s *shard) open(key string) *log {
	k, ok := s.logs[key]
	if !ok {
		k = &log{key: strings.Clone(key)} // a web framework may reuse the bytes behind key
		s.logs[k.key] = k
	}
	return k
}

// touch makes k the newest of the list.
func (s *shard) touch(k *log) {
	if s.newest == k {
		return
	}
	s.unlink(k)
	k.older = s.newest
	if s.newest != nil {
		s.newest.newer = k
	} else {
		s.oldest = k
	}
	s.newest = k
}

// unlink takes k out of the list, if it is in it.
func (s *shard) unlink(k *log) {
	switch {
	case k.newer != nil:
		k.newer.older = k.older
	case s.newest == k:
		s.newest = k.older
	}
	switch {
	case k.older != nil:
		k.older.newer = k.newer
	case s.oldest == k:
		s.oldest = k.newer
	}
	k.newer, k.older = nil, nil
}

// sweep drops up to n keys of which nothing was admitted after edge.
func (s *shard) sweep(edge time.Duration, n int) {
	for ; n > 0 && s.oldest != nil && s.oldest.newest() <= edge; n-- {
		k := s.oldest
		s.unlink(k)
		delete(s.logs, k.key)
	}
}
