// Package connpool lends connections to many databases: a bound for each database, one for all of them
// together, and the connection unused for longest is closed first when another database needs the place.
//
// A database costs nothing while no connection to it is open, so thousands of them are fine, where a
// pool of database/sql or pgxpool each would run goroutines for every one.
//
// It knows counts, times and order. It must never know a driver, a tenant, nor what is asked.
package connpool
