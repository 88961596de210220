package storetest_test

import (
	"testing"
	"time"

	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/storetest"
)

func TestMemoryConforms(t *testing.T) {
	t.Parallel()
	storetest.ExerciseAdministration(t, func(_ *testing.T, now func() time.Time) tenancy.AdministrationStore { return storetest.NewMemory(now) })
}
