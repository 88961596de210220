//go:build !cgo

package llama

// Without cgo there is no llama.cpp. The build stops at this identifier, whose name says what to do.
var _ = ilsai_needs_cgo_run_make_build_or_set_CGO_ENABLED_1_and_install_gcc_and_g_plus_plus
