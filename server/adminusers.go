package server

import (
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/ils-platform/ilsai/tenancy"
)

// userParam is the path's user. What cannot be decoded is no user.
func userParam(c *fiber.Ctx) tenancy.UserID {
	id, err := url.PathUnescape(strings.Clone(c.Params("user")))
	if err != nil {
		return ""
	}
	return tenancy.UserID(id)
}

func (s *Server) listUsers(c *fiber.Ctx) error {
	users, err := s.Admin.Users(c.UserContext(), s.actor(c), tenantParam(c))
	if err != nil {
		return err
	}
	return c.JSON(newList(users, 0, nil))
}

func (s *Server) createUser(c *fiber.Ctx) error {
	var u tenancy.User
	var password string
	err := readBody(c, members{"email": &u.Email, "name": &u.Name, "role": &u.Role, "status": (*string)(&u.Status), "password": &password})
	if err != nil {
		return err
	}
	id := tenantParam(c)
	u, err = s.Admin.CreateUser(c.UserContext(), s.actor(c), id, u, password)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderLocation, userPath(id, u.ID))
	return c.Status(fiber.StatusCreated).JSON(u)
}

// changeUser is PATCH …/users/:user: what is not named stays.
func (s *Server) changeUser(c *fiber.Ctx) error {
	var change tenancy.UserChange
	err := readBody(c, members{"name": &change.Name, "role": &change.Role, "status": &change.Status})
	if err != nil {
		return err
	}
	u, err := s.Admin.ChangeUser(c.UserContext(), s.actor(c), tenantParam(c), userParam(c), change)
	if err != nil {
		return err
	}
	return c.JSON(u)
}

func (s *Server) setPassword(c *fiber.Ctx) error {
	var password string
	if err := readBody(c, members{"password": &password}); err != nil {
		return err
	}
	if err := s.Admin.SetPassword(c.UserContext(), s.actor(c), tenantParam(c), userParam(c), password); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}
