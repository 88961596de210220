package engine

import "runtime"

// smallModel is the number of parameters below which a second thread costs more than it brings.
const smallModel = 50_000_000

// defaultThreads chooses the threads that decode.
func defaultThreads(parameters uint64) int {
	if parameters < smallModel {
		return 1
	}
	return max(1, min(runtime.NumCPU(), 64))
}
