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
	_, err := Statement(sql, isTable)
	return err
}

// Statement is what Check accepts, without what stands around it, such as a semicolon.
func Statement(sql string, isTable func(name string) bool) (statement string, err error) {
	if len(sql) > maxBytes {
		return "", errors.New("the statement is too long")
	}
	if strings.ContainsRune(sql, 0) { // the parser would stop there
		return "", errors.New("the statement has a NUL byte")
	}
	tree, err := pg.Parse(sql)
	if err != nil {
		return "", err
	}
	if len(tree.GetStmts()) != 1 {
		return "", fmt.Errorf("%d statements", len(tree.GetStmts()))
	}
	raw := tree.GetStmts()[0]
	if raw.GetStmt().GetSelectStmt() == nil {
		return "", errors.New("the statement is not a SELECT")
	}
	w := walk{isTable: isTable, named: map[string]bool{}}
	m := tree.ProtoReflect()
	w.collect(m, 0)
	if w.err == nil {
		w.visit(m)
	}
	if w.err != nil {
		return "", w.err
	}
	statement = sql[raw.GetStmtLocation():]
	if raw.GetStmtLen() > 0 { // 0: up to the end
		statement = statement[:raw.GetStmtLen()]
	}
	return statement, nil
}

// walk goes through a tree twice: once for its size and the names that WITH gives, then for everything else.
type walk struct {
	isTable       func(string) bool
	named         map[string]bool
	nodes, tables int
	err           error
}

func (w *walk) failf(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf(format, args...)
	}
}

func (w *walk) collect(m protoreflect.Message, depth int) {
	if w.nodes++; w.nodes > maxNodes || depth > maxDepth {
		w.failf("the statement is too large")
		return
	}
	if c, ok := m.Interface().(*pg.CommonTableExpr); ok {
		if strings.HasPrefix(c.GetCtename(), "pg_") { // elsewhere in the statement the name could mean a system table
			w.failf("WITH names %q", c.GetCtename())
		}
		w.named[c.GetCtename()] = true
	}
	children(m, func(c protoreflect.Message) bool {
		w.collect(c, depth+1)
		return w.err == nil
	})
}

func (w *walk) visit(m protoreflect.Message) {
	if kind := string(m.Descriptor().Name()); !kinds[kind] {
		w.failf("%s is not allowed", kind)
		return
	}
	switch n := m.Interface().(type) {
	case *pg.RangeVar:
		w.table(n)
	case *pg.FuncCall:
		w.name("function", n.GetFuncname(), functions)
	case *pg.A_Expr:
		w.operator(n)
	case *pg.TypeName:
		if n.GetSetof() || n.GetPctType() || len(n.GetArrayBounds()) > 0 {
			w.failf("the type is not allowed")
		}
		w.name("type", n.GetNames(), types)
	case *pg.SQLValueFunction:
		if !values[n.GetOp().String()] {
			w.failf("%v is not allowed", n.GetOp())
		}
	case *pg.SubLink:
		w.sublink(n)
	case *pg.WithClause:
		if n.GetRecursive() {
			w.failf("WITH RECURSIVE is not allowed")
		}
	}
	children(m, func(c protoreflect.Message) bool {
		w.visit(c)
		return w.err == nil
	})
}

func (w *walk) table(t *pg.RangeVar) {
	if w.tables++; w.tables > maxTables {
		w.failf("more than %d tables", maxTables)
	}
	named := t.GetSchemaname() == "" && w.named[t.GetRelname()]
	if t.GetCatalogname() != "" || t.GetSchemaname() != "" && t.GetSchemaname() != "public" || !named && !w.isTable(t.GetRelname()) {
		w.failf("table %q is not allowed", strings.Trim(strings.Join([]string{t.GetCatalogname(), t.GetSchemaname(), t.GetRelname()}, "."), "."))
	}
}

// operator checks the operator of an expression, and of IN, which has one as well.
func (w *walk) operator(e *pg.A_Expr) {
	switch e.GetKind() {
	case pg.A_Expr_Kind_AEXPR_OP, pg.A_Expr_Kind_AEXPR_IN, pg.A_Expr_Kind_AEXPR_LIKE, pg.A_Expr_Kind_AEXPR_ILIKE, pg.A_Expr_Kind_AEXPR_NULLIF,
		pg.A_Expr_Kind_AEXPR_DISTINCT, pg.A_Expr_Kind_AEXPR_NOT_DISTINCT, pg.A_Expr_Kind_AEXPR_BETWEEN, pg.A_Expr_Kind_AEXPR_NOT_BETWEEN,
		pg.A_Expr_Kind_AEXPR_BETWEEN_SYM, pg.A_Expr_Kind_AEXPR_NOT_BETWEEN_SYM:
		w.name("operator", e.GetName(), operators)
	default:
		w.failf("%v is not allowed", e.GetKind())
	}
}

func (w *walk) sublink(l *pg.SubLink) {
	if len(l.GetOperName()) > 0 {
		w.name("operator", l.GetOperName(), operators)
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
		w.failf("%s %q is not allowed", what, strings.Join(words, "."))
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
