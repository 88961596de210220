package dedup

import (
	"encoding/binary"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/dgraph-io/ristretto/v2"

	"github.com/ils-platform/ilsai"
)

// answer is one value in memory. It is never changed.
type answer struct {
	key     Key
	tenant  ilsai.TenantID
	epoch   uint64
	expires time.Time
	value   []byte
}

// cost is the bytes an answer takes, with what ristretto itself adds to it.
func (a *answer) cost() int64 {
	return int64(unsafe.Sizeof(*a)) + int64(len(a.tenant)) + int64(cap(a.value))
}

// memory is ristretto, bounded in bytes. It may drop a write when it is full. It must not
// be used while or after it is closed.
type memory struct {
	cache   *ristretto.Cache[[]byte, *answer]
	closing atomic.Bool
}

const (
	// counterBytes is the answer size that the admission counters are dimensioned for: ten counters
	// an answer, about three bytes each, on top of the bound.
	counterBytes = 1 << 10
	// grace is added to ristretto's own time to live, which runs by the machine's clock and only
	// frees memory: the expiry that counts is in the answer.
	grace = 10 * time.Second
)

func newMemory(maxBytes int64, evicted *atomic.Uint64) (*memory, error) {
	m := &memory{}
	drop := func(*ristretto.Item[*answer]) {
		if !m.closing.Load() {
			evicted.Add(1)
		}
	}
	var err error
	m.cache, err = ristretto.NewCache(&ristretto.Config[[]byte, *answer]{
		NumCounters: 10 * max(maxBytes/counterBytes, 100), MaxCost: maxBytes, BufferItems: 64,
		// The keys are hashes: two of their words serve as ristretto's.
		KeyToHash: func(k []byte) (uint64, uint64) {
			return binary.LittleEndian.Uint64(k), binary.LittleEndian.Uint64(k[8:])
		},
		OnEvict: drop, OnReject: drop,
	})
	return m, err
}

func (m *memory) get(key Key) (*answer, bool) { return m.cache.Get(key[:]) }

// put waits until the write is applied: whoever clicks twice must find the first click's answer. That
// takes microseconds, once per answer made.
func (m *memory) put(a *answer, ttl time.Duration) {
	m.cache.SetWithTTL(a.key[:], a, a.cost(), ttl+grace)
	m.cache.Wait()
}

// used is the cost of what is in memory.
func (m *memory) used() int64 { return m.cache.MaxCost() - m.cache.RemainingCost() }

func (m *memory) close() {
	m.closing.Store(true)
	m.cache.Close()
}
