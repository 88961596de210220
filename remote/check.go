package remote

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ils-platform/ilsai"
)

// maxModels bounds a list of models, in bytes.
const maxModels = 1 << 20

// Models are the names of the models that the server has. Errors: ilsai.CodeUnavailable, CodeOverloaded; the cause
// is a *StatusError when the server refuses, such as with 401 for a wrong key.
func (e *Engine) Models(ctx context.Context) ([]string, error) {
	resp, err := e.send(ctx, "GET", "/models", nil)
	if err != nil {
		return nil, coded(err)
	}
	defer resp.Body.Close()
	if err := refusal(resp); err != nil {
		return nil, coded(err)
	}
	var list struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxModels)).Decode(&list); err != nil {
		return nil, ilsai.Wrap(ilsai.CodeUnavailable, err, "The model's server does not list its models: is its address right, with the version (/v1)?")
	}
	var names []string
	for _, m := range list.Data {
		names = append(names, m.ID)
	}
	return names, nil
}

// Check tells whether the server is there and has the model. Errors as of Models, and ilsai.CodeNotFound.
func (e *Engine) Check(ctx context.Context) error {
	names, err := e.Models(ctx)
	if err != nil || slices.Contains(names, e.o.Model) {
		return err
	}
	return ilsai.Wrap(ilsai.CodeNotFound, fmt.Errorf("it has %s", strings.Join(names, ", ")), "The model's server does not have the model it is to be asked for.")
}
