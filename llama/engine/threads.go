package engine

import "runtime"

// smallModel is the number of parameters below which one thread decodes.
//
// Measured with 2.7 million parameters on 2 cores at 16 sequences: two threads decode 1.4 times as
// fast as one while the cores are free. While other processes want them too, one thread keeps half
// its speed and two keep a thirtieth (110 tokens/s of 3,700): each of some hundred barriers per step
// waits until the kernel lets the other thread run. A server's own HTTP and SQL work is enough for that.
const smallModel = 50_000_000

// defaultThreads chooses the threads that decode. Machines of four cores or more keep one for
// everything else.
func defaultThreads(parameters uint64) int {
	cores := runtime.NumCPU()
	switch {
	case parameters < smallModel:
		return 1
	case cores >= 4:
		return min(cores-1, 64)
	}
	return cores
}
