package dedup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy/dedup"
)

func TestTTL(t *testing.T) {
	c, now := newCache(t, dedup.Options{})
	key := dedup.NewKey(shop, "top products")
	for i := range 3 {
		made := fmt.Sprint("answer ", i)
		expect(t, c, key, says(made), made, dedup.Generated)
		expect(t, c, key, says("new"), made, dedup.Cached)
		now.advance(5*time.Minute - time.Second)
		expect(t, c, key, says("new"), made, dedup.Cached) // a hit does not prolong it
		now.advance(2 * time.Second)
	}
	expect(t, c, key, says("last"), "last", dedup.Generated)
	now.advance(5 * time.Minute)
	expect(t, c, key, says("new"), "new", dedup.Generated) // five minutes are over, to the nanosecond
}

func TestGet(t *testing.T) {
	c, now := newCache(t, dedup.Options{})
	key := dedup.NewKey(shop, "q")
	get := func(tenant ilsai.TenantID, want string) {
		t.Helper()
		value, ok := c.Get(key, tenant)
		if string(value) != want || ok != (want != "") {
			t.Errorf("got %q, %t; want %q", value, ok, want)
		}
		copy(value, "XXXXXX")
	}
	get(shop, "")
	ask(t, c, key, shop, says("answer"))
	get(shop, "answer")
	get(shop, "answer")
	get("shop-b", "")
	now.advance(dedup.TTL - 1)
	get(shop, "answer")
	c.Invalidate(shop)
	get(shop, "")
	ask(t, c, key, shop, says("newer"))
	get(shop, "newer")
	now.advance(dedup.TTL)
	get(shop, "")
	if got := c.Stats(); got.Hits != 4 || got.Misses != 2 || got.Mismatches != 1 {
		t.Errorf("got %+v", got)
	}
	c.Close()
	get(shop, "")
}

func TestErrorsAreNotKept(t *testing.T) {
	c, _ := newCache(t, dedup.Options{})
	key := dedup.NewKey(shop, "q")
	failure := ilsai.Errorf(ilsai.CodeGenerationFailed, "The model failed.")
	fail := func(context.Context) ([]byte, bool, error) { return []byte("half"), true, failure }
	for range 2 {
		if value, source, err := c.Do(t.Context(), key, shop, fail); string(value) != "half" || source != dedup.Generated || !errors.Is(err, failure) {
			t.Errorf("got %q, %s, %v", value, source, err)
		}
		c.Wait()
	}
	expect(t, c, key, says("whole"), "whole", dedup.Generated)
}

func TestNotCacheable(t *testing.T) {
	c, _ := newCache(t, dedup.Options{})
	key := dedup.NewKey(shop, "q")
	work := func(context.Context) ([]byte, bool, error) { return []byte("now"), false, nil }
	expect(t, c, key, work, "now", dedup.Generated)
	expect(t, c, key, says("later"), "later", dedup.Generated)
}

func TestValuesBelongToTheirCallers(t *testing.T) {
	c, _ := newCache(t, dedup.Options{})
	key := dedup.NewKey(shop, "q")
	buffer := []byte("answer")
	tenant := []byte(shop)
	work := func(context.Context) ([]byte, bool, error) { return buffer, true, nil }
	for i := range 3 {
		value, _, err := c.Do(t.Context(), key, ilsai.TenantID(unsafe.String(&tenant[0], len(tenant))), work)
		if err != nil || string(value) != "answer" {
			t.Fatalf("call %d: got %q, %v", i, value, err)
		}
		c.Wait()
		copy(value, "XXXXXX")
		copy(buffer, "YYYYYY")
		if i == 0 {
			copy(tenant, "shop-b") // a web framework reuses the bytes of the request
			if got, _ := ask(t, c, dedup.NewKey("shop-b", "q"), "shop-b", says("b's")); got != "b's" {
				t.Errorf("shop-b was told %q", got)
			}
			copy(tenant, shop)
		}
	}
	if s := c.Stats(); s.Mismatches != 0 || s.Hits != 2 {
		t.Errorf("got %+v", s)
	}
}

func TestInvalidate(t *testing.T) {
	c, _ := newCache(t, dedup.Options{})
	a, b := dedup.NewKey(shop, "q"), dedup.NewKey("shop-b", "q")
	ask(t, c, a, shop, says("old"))
	ask(t, c, b, "shop-b", says("b's"))
	c.Invalidate(shop)
	expect(t, c, a, says("new"), "new", dedup.Generated)
	expect(t, c, a, says("newer"), "new", dedup.Cached)
	if got, source := ask(t, c, b, "shop-b", says("?")); got != "b's" || source != dedup.Cached {
		t.Errorf("another tenant was told %q, %s", got, source)
	}
}

// TestInvalidateInFlight asks, invalidates, and asks again before the first answer is made.
func TestInvalidateInFlight(t *testing.T) {
	c, _ := newCache(t, dedup.Options{})
	key := dedup.NewKey(shop, "q")
	started, release, told := make(chan struct{}), make(chan struct{}), make(chan string)
	go func() {
		value, _, _ := c.Do(context.Background(), key, shop, func(context.Context) ([]byte, bool, error) {
			close(started)
			<-release
			return []byte("old"), true, nil
		})
		told <- string(value)
	}()
	<-started
	c.Invalidate(shop)
	expect(t, c, key, says("new"), "new", dedup.Generated)
	close(release)
	if got := <-told; got != "old" {
		t.Errorf("who asked before was told %q", got)
	}
	c.Wait()
	expect(t, c, key, says("newer"), "new", dedup.Cached)
}

// TestMemoryBound stores 16 times as much as there is room for.
func TestMemoryBound(t *testing.T) {
	const room, size, answers = 4 << 20, 16 << 10, 4096
	before := heap()
	c, _ := newCache(t, dedup.Options{MaxBytes: room})
	for i := range answers {
		value := bytes.Repeat([]byte{byte(i)}, size)
		ask(t, c, dedup.NewKey(shop, fmt.Sprint(i)), shop, func(context.Context) ([]byte, bool, error) { return value, true, nil })
		if got := c.Stats().Bytes; got > room {
			t.Fatalf("%d bytes in use after %d answers, want at most %d", got, i+1, room)
		}
	}
	grown := int64(heap() - before)
	s := c.Stats()
	t.Logf("%+v; the heap grew by %d KiB", s, grown>>10)
	kept := int64(0)
	for i := range answers {
		if _, source := ask(t, c, dedup.NewKey(shop, fmt.Sprint(i)), shop,
			func(context.Context) ([]byte, bool, error) { return nil, false, nil }); source == dedup.Cached {
			kept++
		}
	}
	if kept < room/size/2 || kept > room/size || s.Evicted != uint64(answers-kept) || s.Bytes < kept*size || grown > room*5/4 {
		t.Errorf("%d answers kept of %d; %+v; the heap grew by %d", kept, answers, s, grown)
	}
	runtime.KeepAlive(c)
}

// TestAnswerLargerThanTheRoom is made anew each time.
func TestAnswerLargerThanTheRoom(t *testing.T) {
	c, _ := newCache(t, dedup.Options{MaxBytes: 1 << 10})
	large := strings.Repeat("x", 1<<10)
	for range 2 {
		expect(t, c, dedup.NewKey(shop, "q"), says(large), large, dedup.Generated)
	}
	if got := c.Stats(); got.Bytes != 0 || got.Evicted != 2 {
		t.Errorf("got %+v", got)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestOptions(t *testing.T) {
	t.Parallel()
	for _, o := range []dedup.Options{{MaxBytes: -1}, {TTL: -1}} {
		if _, err := dedup.New(o); ilsai.ErrorCode(err) != ilsai.CodeInvalid {
			t.Errorf("%+v: got %v", o, err)
		}
	}
}

func TestClose(t *testing.T) {
	c, err := dedup.New(dedup.Options{})
	if err != nil {
		t.Fatal(err)
	}
	key := dedup.NewKey(shop, "q")
	started, told := make(chan struct{}), make(chan error)
	go func() {
		_, _, err := c.Do(context.Background(), key, shop, func(ctx context.Context) ([]byte, bool, error) {
			close(started)
			<-ctx.Done()
			return nil, false, ctx.Err()
		})
		told <- err
	}()
	<-started
	closed := make(chan struct{})
	go func() { c.Close(); c.Close(); close(closed) }()
	if err := <-told; !errors.Is(err, context.Canceled) {
		t.Errorf("who waited got %v", err)
	}
	<-closed
	if _, _, err := c.Do(t.Context(), key, shop, says("late")); ilsai.ErrorCode(err) != ilsai.CodeUnavailable {
		t.Errorf("after Close: got %v", err)
	}
	if got := c.Stats(); got != (dedup.Stats{Misses: 1}) {
		t.Errorf("got %+v", got)
	}
}

func BenchmarkHit(b *testing.B) {
	c, err := dedup.New(dedup.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	value := bytes.Repeat([]byte("x"), 2048)
	work := func(context.Context) ([]byte, bool, error) { return value, true, nil }
	parts := []string{"sales", "top products last month", "model", "prompt", "admin", "professional", "7"}
	c.Do(context.Background(), dedup.NewKey(shop, parts...), shop, work)
	c.Wait()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, source, _ := c.Do(context.Background(), dedup.NewKey(shop, parts...), shop, work); source != dedup.Cached {
				b.Fatal(source)
			}
		}
	})
}
