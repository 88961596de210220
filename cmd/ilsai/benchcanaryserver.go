package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/bench/canary"
	"github.com/ils-platform/ilsai/tenancy/store"
)

// canaryKept is how many finished conversations the canary's server keeps for their next turn. They are few: that
// they take each other's place again and again is part of the test.
const canaryKept = 8

// canaryServer is the whole program in this process, on data made for the canary: the shipped wiring, real HTTP,
// the real model. What it logs is looked at.
type canaryServer struct {
	url     string
	app     *app
	gateway *gateway
	control *store.Store
	work    *background
	served  chan error
}

// canaryConfig is a configuration with a fresh data directory and a secret of its own. The caller removes it.
func canaryConfig(c *config) (*config, func(), error) {
	c, remove, err := temporaryDemo(c)
	if err != nil {
		return nil, nil, err
	}
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		remove()
		return nil, nil, err
	}
	c.measuring = false // limits, caches and keys are what is to be tested
	c.Metrics, c.JWTSecret, c.JWTSecretFile = true, hex.EncodeToString(secret), ""
	c.KeptSequences = canaryKept
	return c, remove, os.MkdirAll(c.tenantsDir(), 0o700)
}

// startCanaryServer serves until stop. edit, if not nil, may exchange parts before the first request: tests put
// faults there to see that they are found.
func startCanaryServer(ctx context.Context, c *config, log *slog.Logger, edit func(*app, *gateway) error) (_ *canaryServer, err error) {
	s := &canaryServer{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.stop())
		}
	}()
	if s.control, err = openServerControl(ctx, c); err != nil {
		return nil, err
	}
	keys, err := openKeys(c, s.control)
	if err != nil {
		return nil, err
	}
	ring, err := keys.ring(ctx)
	if err != nil {
		return nil, err
	}
	if s.app, err = openApp(c, log, time.Now); err != nil {
		return nil, err
	}
	if s.gateway, err = openGateway(c, log, s.control, ring, s.app); err != nil {
		return nil, err
	}
	if edit != nil {
		if err := edit(s.app, s.gateway); err != nil {
			return nil, err
		}
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.work = newBackground(ctx, log)
	s.work.run(s.gateway.refusals.Run)
	s.url, s.served = "http://"+ln.Addr().String(), make(chan error, 1)
	go func() { s.served <- s.gateway.server.Serve(ln) }()
	return s, nil
}

// stop ends what was started, in serve's order. Calling it again does nothing.
func (s *canaryServer) stop() error {
	var errs []error
	if s.served != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		errs = append(errs, s.gateway.server.Shutdown(ctx), <-s.served)
		s.work.close()
	}
	if s.gateway != nil {
		errs = append(errs, s.gateway.Close())
	}
	if s.app != nil {
		errs = append(errs, s.app.Close())
	}
	if s.control != nil {
		errs = append(errs, s.control.Close())
	}
	*s = canaryServer{}
	return errors.Join(errs...)
}

// canaryLog is a logger whose lines are looked at: one may be about one shop only.
func canaryLog(watch *canary.Watch) *slog.Logger {
	return slog.New(slog.NewJSONHandler(logLooker{watch}, nil))
}

type logLooker struct{ watch *canary.Watch }

var _ io.Writer = logLooker{}

// Write gets one line at a time: slog's handlers write each with one call.
func (l logLooker) Write(line []byte) (int, error) {
	l.watch.SawTogether("log", line)
	return len(line), nil
}

// auditCanary looks at every stored row: one that names a tenant may hold that tenant's secrets, any other row
// those of one tenant.
func auditCanary(ctx context.Context, control *store.Store, watch *canary.Watch) (rows int, err error) {
	err = control.EachRow(ctx, func(table string, columns []string, values []any) error {
		rows++
		owner, text := "", []byte{}
		for i, v := range values {
			var cell []byte
			switch v := v.(type) {
			case string:
				cell = []byte(v)
			case []byte:
				cell = v
			}
			if columns[i] == "tenant_id" || table == "tenants" && columns[i] == "id" {
				owner = string(cell)
			}
			text = append(append(text, cell...), '\n')
		}
		if owner == "" {
			watch.SawTogether("table "+table, text)
		} else {
			watch.Saw(owner, "table "+table, text)
		}
		return nil
	})
	return rows, ilsai.Wrap(ilsai.CodeUnavailable, err, "the control database cannot be read")
}
