package storetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// Postgres is a PostgreSQL server of a test's own: in a temporary directory, reachable through a
// socket in it only, stopped and removed by Stop. The kernel stops it when the test process dies.
type Postgres struct {
	bin, dir string
	owner    *syscall.Credential // nil: the test's own user
	settings []string
	server   *exec.Cmd
}

const missingPostgres = "PostgreSQL's server programs are missing: install Debian's package postgresql (apt-get install postgresql)"

// StartPostgres makes an empty server and starts it with these settings, each as name=value. Its superuser
// ilsai needs no password, every other role does.
func StartPostgres(ctx context.Context, settings ...string) (*Postgres, error) {
	bin, err := postgresPrograms()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "ilsai-pg-") // short: a socket's path has at most 107 bytes
	if err != nil {
		return nil, err
	}
	p := &Postgres{bin: bin, dir: dir, settings: settings}
	if err = p.takeOwner(); err == nil {
		err = p.run(ctx, "initdb", "--pgdata", p.data(), "--username", "ilsai", "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync")
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(p.data(), "pg_hba.conf"), []byte("local all ilsai trust\nlocal all all scram-sha-256\n"), 0o600) // keeps its owner
	}
	if err == nil {
		err = p.Start(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	return p, nil
}

func postgresPrograms() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil || len(found) == 0 {
		return "", errors.Join(errors.New(missingPostgres), err)
	}
	slices.SortFunc(found, func(a, b string) int { return cmp.Or(len(a)-len(b), cmp.Compare(a, b)) }) // 9 before 15
	return filepath.Dir(found[len(found)-1]), nil
}

// takeOwner gives the directory to another user when the test runs as root: the server refuses to.
func (p *Postgres) takeOwner() error {
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return err
		}
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return err
	}
	p.owner = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(p.dir, int(uid), int(gid))
}

func (p *Postgres) data() string { return filepath.Join(p.dir, "data") }
func (p *Postgres) log() string  { return filepath.Join(p.dir, "log") }

func (p *Postgres) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(p.bin, name), args...)
	cmd.Dir = p.dir
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: p.owner, Pdeathsig: syscall.SIGQUIT}
	return cmd
}

func (p *Postgres) run(ctx context.Context, name string, args ...string) error {
	if out, err := p.command(ctx, name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return nil
}

// Start starts the server after Kill or Shutdown and returns when it answers.
func (p *Postgres) Start(ctx context.Context) error {
	log, err := os.Create(p.log())
	if err != nil {
		return err
	}
	defer log.Close()
	// Only a process ever ends here, and what it wrote the kernel keeps: fsync would protect from a loss of power that no test has.
	args := []string{"-D", p.data(), "-k", p.dir, "-c", "listen_addresses=", "-c", "max_connections=200", "-c", "fsync=off"}
	for _, s := range p.settings {
		args = append(args, "-c", s)
	}
	p.server = p.command(context.WithoutCancel(ctx), "postgres", args...)
	p.server.Stdout, p.server.Stderr = log, log
	if err := p.server.Start(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	for p.run(ctx, "pg_isready", "-h", p.dir, "-q", "-t", "5") != nil {
		if err := ctx.Err(); err != nil {
			said, _ := os.ReadFile(p.log()) // unreadable: the error does without
			return fmt.Errorf("PostgreSQL did not start: %w\n%s", err, said)
		}
	}
	return nil
}

// Kill ends the server at once, as a crash of it would: what was not committed is gone.
func (p *Postgres) Kill() error { return p.end(syscall.SIGQUIT) }

// Shutdown ends the server in order, cutting off who is connected.
func (p *Postgres) Shutdown() error { return p.end(syscall.SIGINT) }

func (p *Postgres) end(s syscall.Signal) error {
	if p.server == nil || p.server.Process == nil {
		return nil
	}
	err := p.server.Process.Signal(s)
	if waited := p.server.Wait(); waited != nil && p.server.ProcessState == nil {
		err = errors.Join(err, waited)
	}
	p.server = nil
	return err
}

// Stop ends the server and removes its directory.
func (p *Postgres) Stop() error { return errors.Join(p.Kill(), os.RemoveAll(p.dir)) }

// AdminDSN is the address of the database postgres, as the superuser.
func (p *Postgres) AdminDSN() string {
	return fmt.Sprintf("host=%s user=ilsai dbname=postgres sslmode=disable", p.dir)
}

// Data is the server's data directory.
func (p *Postgres) Data() string { return p.data() }

// DSN makes an empty schema and returns the address of a database that sees only it.
func (p *Postgres) DSN(ctx context.Context, schema string) (string, error) {
	err := p.run(ctx, "psql", "-h", p.dir, "-U", "ilsai", "-d", "postgres", "-X", "-q", "-c", `CREATE SCHEMA "`+schema+`"`)
	return fmt.Sprintf("host=%s user=ilsai dbname=postgres sslmode=disable search_path=%s", p.dir, schema), err
}
