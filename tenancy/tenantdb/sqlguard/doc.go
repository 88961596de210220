// Package sqlguard decides, by PostgreSQL's own parser, whether a text is one SELECT made only of what it
// lists: kinds of syntax, tables, functions, operators and types. What is not listed is refused, so syntax
// of a later release is as well.
//
// It is the second wall in front of PostgreSQL tenants. The first is what their role may do (package
// provision), and stands without it.
//
// It knows PostgreSQL's syntax. It must never know a connection, a tenant or what a table means.
package sqlguard
