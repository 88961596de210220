#ifndef ILSAI_CPUCHECK_H
#define ILSAI_CPUCHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ILSAI_CPU_SSE42      = 1 << 0,
    ILSAI_CPU_AVX        = 1 << 1,
    ILSAI_CPU_AVX2       = 1 << 2,
    ILSAI_CPU_FMA        = 1 << 3,
    ILSAI_CPU_BMI2       = 1 << 4,
    ILSAI_CPU_F16C       = 1 << 5,
    ILSAI_CPU_AVX512F    = 1 << 6,
    ILSAI_CPU_AVX512BW   = 1 << 7,
    ILSAI_CPU_AVX512DQ   = 1 << 8,
    ILSAI_CPU_AVX512VL   = 1 << 9,
    ILSAI_CPU_AVX512VBMI = 1 << 10,
    ILSAI_CPU_AVX512VNNI = 1 << 11,
    ILSAI_CPU_AVX512BF16 = 1 << 12,
};

#define ILSAI_CPU_EXIT 78 // EX_CONFIG of sysexits.h

uint32_t ilsai_cpu_needed(void);  // what the C and C++ of this binary was compiled for
uint32_t ilsai_cpu_present(void); // what the CPU and the kernel offer

// Writes the names of what is needed and not present; false when nothing is missing.
bool ilsai_cpu_missing(uint32_t needed, uint32_t present, char * buf, size_t cap);

#endif
