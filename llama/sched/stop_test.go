package sched_test

import (
	"context"
	"errors"
	"testing"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/llama/sched"
	"github.com/ils-platform/ilsai/llama/schedtest"
)

func TestStopDrains(t *testing.T) {
	fake := schedtest.NewFake(shape(2))
	gate := fake.Gate()
	b := setup(t, fake, sched.Options{})
	b.Start()
	var streams []*sched.Stream
	for range 5 {
		streams = append(streams, b.submit(t, request("drain", 6)))
	}
	gate.Await()
	stopped := make(chan error)
	go func() { stopped <- b.Stop(context.Background()) }()
	gate.Release()
	gate.Open()
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	for _, st := range streams {
		mustFinish(t, st, schedtest.Babble("drain", 6), sched.FinishLength)
	}
	if _, err := b.Submit(context.Background(), request("late", 1)); ilsai.ErrorCode(err) != ilsai.CodeUnavailable {
		t.Errorf("after Stop: %v", err)
	}
}

func TestStopCancelsWhenOutOfPatience(t *testing.T) {
	fake := schedtest.NewFake(shape(1))
	gate := fake.Gate()
	b := setup(t, fake, sched.Options{})
	b.Start()
	running, waiting := b.submit(t, request("running", 200)), b.submit(t, request("waiting", 200))
	gate.Await()
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error)
	go func() { stopped <- b.Stop(ctx) }()
	cancel()
	gate.Release()
	gate.Open()
	if err := <-stopped; err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	for _, st := range []*sched.Stream{running, waiting} {
		if _, err := wait(t, st); err != nil && ilsai.ErrorCode(err) != ilsai.CodeCanceled {
			t.Errorf("%v", err)
		}
	}
}

func TestStartAndStopInAnyOrder(t *testing.T) {
	background := context.Background()
	tests := map[string]func(b bundle){
		"never started":      func(b bundle) { b.Stop(background) },
		"started after stop": func(b bundle) { b.Stop(background); b.Start() },
		"started twice":      func(b bundle) { b.Start(); b.Start(); b.Stop(background) },
		"stopped twice":      func(b bundle) { b.Start(); b.Stop(background); b.Stop(background) },
	}
	for name, run := range tests {
		t.Run(name, func(t *testing.T) {
			b := setup(t, schedtest.NewFake(shape(1)), sched.Options{})
			st := b.submit(t, request("early", 3))
			run(b)
			if _, err := wait(t, st); err != nil && ilsai.ErrorCode(err) != ilsai.CodeCanceled {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestNewRefusesBadShapes(t *testing.T) {
	for _, o := range []sched.Options{
		{Backend: schedtest.NewFake(shape(2)), PrefixSlots: 2},
		{Backend: schedtest.NewFake(shape(2)), PrefixSlots: -1},
		{Backend: schedtest.NewFake(shape(40))},
	} {
		if _, err := sched.New(o); err == nil {
			t.Errorf("%+v with %d prefixes was accepted", o.Backend.Shape(), o.PrefixSlots)
		}
	}
}
