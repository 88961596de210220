package main

import (
	"bytes"

	"github.com/ils-platform/ilsai/models"
)

// learnedDomains are what the model's file says that it was trained on; none for a model elsewhere.
func learnedDomains(c *config) ([]string, error) {
	var h *models.Header
	var err error
	switch {
	case c.remote():
		return nil, nil
	case c.Model != "":
		h, err = models.ReadFile(c.Model)
	default:
		file := models.DefaultBytes()
		h, err = models.ReadHeader(bytes.NewReader(file), int64(len(file)))
	}
	if err != nil {
		return nil, err
	}
	learned, _ := h.Strings("ilsai.domains")
	return learned, nil
}
