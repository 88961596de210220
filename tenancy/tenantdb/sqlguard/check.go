package sqlguard

import (
	"errors"
	"fmt"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/reflect/protoreflect"
)

const (
	maxBytes  = 64 << 10
	maxNodes  = 20_000
	maxDepth  = 400 // of nested messages, about four for each level of an expression
	maxTables = 24
)

// Check accepts the text of one SELECT (with or without WITH, not recursive) of the tables that isTable
// knows by their folded names, in the schema public. The error says what was found, for a log.
func Check(sql string, isTable func(name string) bool) error {
	if len(sql) > maxBytes {
		return errors.New("the statement is too long")
	}
	if strings.ContainsRune(sql, 0) { // the parser would stop there
		return errors.New("the statement has a NUL byte")
	}
	tree, err := pg.Parse(sql)
	if err != nil {
		return err
	}
	if len(tree.Stmts) != 1 {
		return fmt.Errorf("%d statements", len(tree.Stmts))
	}
	if tree.Stmts[0].Stmt.GetSelectStmt() == nil {
		return errors.New("the statement is not a SELECT")
	}
	w := walk{isTable: isTable, named: map[string]bool{}}
	m := tree.ProtoReflect()
	w.collect(m, 0)
	if w.err == nil {
		w.visit(m)
	}
	return w.err
}

// walk goes through a tree twice: once for its size and the names that WITH gives, then for everything else.
type walk struct {
	isTable       func(string) bool
	named         map[string]bool
	nodes, tables int
	err           error
}

func (w *walk) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf(format, args...)
	}
}

func (w *walk) collect(m protoreflect.Message, depth int) {
	if w.nodes++; w.nodes > maxNodes || depth > maxDepth {
		w.fail("the statement is too large")
		return
	}
	if c, ok := m.Interface().(*pg.CommonTableExpr); ok {
		if strings.HasPrefix(c.Ctename, "pg_") { // elsewhere in the statement the name could mean a system table
			w.fail("WITH names %q", c.Ctename)
		}
		w.named[c.Ctename] = true
	}
	children(m, func(c protoreflect.Message) bool {
		w.collect(c, depth+1)
		return w.err == nil
	})
}

func (w *walk) visit(m protoreflect.Message) {
	if kind := string(m.Descriptor().Name()); !kinds[kind] {
		w.fail("%s is not allowed", kind)
		return
	}
	switch n := m.Interface().(type) {
	case *pg.RangeVar:
		w.table(n)
	case *pg.FuncCall:
		w.name("function", n.Funcname, functions)
	case *pg.A_Expr:
		w.operator(n)
	case *pg.TypeName:
		if n.Setof || n.PctType || len(n.ArrayBounds) > 0 {
			w.fail("the type is not allowed")
		}
		w.name("type", n.Names, types)
	case *pg.SQLValueFunction:
		if !values[n.Op.String()] {
			w.fail("%v is not allowed", n.Op)
		}
	case *pg.SubLink:
		w.sublink(n)
	case *pg.WithClause:
		if n.Recursive {
			w.fail("WITH RECURSIVE is not allowed")
		}
	}
	children(m, func(c protoreflect.Message) bool {
		w.visit(c)
		return w.err == nil
	})
}

func (w *walk) table(t *pg.RangeVar) {
	if w.tables++; w.tables > maxTables {
		w.fail("more than %d tables", maxTables)
	}
	named := t.Schemaname == "" && w.named[t.Relname]
	if t.Catalogname != "" || t.Schemaname != "" && t.Schemaname != "public" || !named && !w.isTable(t.Relname) {
		w.fail("table %q is not allowed", strings.Trim(strings.Join([]string{t.Catalogname, t.Schemaname, t.Relname}, "."), "."))
	}
}

// operator checks the operator of an expression, and of IN, which has one as well.
func (w *walk) operator(e *pg.A_Expr) {
	switch e.Kind {
	case pg.A_Expr_Kind_AEXPR_OP, pg.A_Expr_Kind_AEXPR_IN, pg.A_Expr_Kind_AEXPR_LIKE, pg.A_Expr_Kind_AEXPR_ILIKE, pg.A_Expr_Kind_AEXPR_NULLIF,
		pg.A_Expr_Kind_AEXPR_DISTINCT, pg.A_Expr_Kind_AEXPR_NOT_DISTINCT, pg.A_Expr_Kind_AEXPR_BETWEEN, pg.A_Expr_Kind_AEXPR_NOT_BETWEEN,
		pg.A_Expr_Kind_AEXPR_BETWEEN_SYM, pg.A_Expr_Kind_AEXPR_NOT_BETWEEN_SYM:
		w.name("operator", e.Name, operators)
	default:
		w.fail("%v is not allowed", e.Kind)
	}
}

func (w *walk) sublink(l *pg.SubLink) {
	if len(l.OperName) > 0 {
		w.name("operator", l.OperName, operators)
	}
}

// name accepts a listed name, alone or as the built-in one it is.
func (w *walk) name(what string, parts []*pg.Node, allowed map[string]bool) {
	words := make([]string, len(parts))
	for i, p := range parts {
		words[i] = p.GetString_().GetSval()
	}
	if len(words) == 2 && words[0] == "pg_catalog" {
		words = words[1:]
	}
	if len(words) != 1 || !allowed[words[0]] {
		w.fail("%s %q is not allowed", what, strings.Join(words, "."))
	}
}

// children calls f for each message inside of m until f returns false.
func children(m protoreflect.Message, f func(protoreflect.Message) bool) {
	m.Range(func(field protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if field.Kind() != protoreflect.MessageKind {
			return true
		}
		if !field.IsList() {
			return f(v.Message())
		}
		for i, list := 0, v.List(); i < list.Len(); i++ {
			if !f(list.Get(i).Message()) {
				return false
			}
		}
		return true
	})
}
