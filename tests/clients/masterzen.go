// Runs a line through github.com/masterzen/winrm and prints what came of it as JSON: output, errors, exit code.
// Usage: masterzen HOST PORT ntlm|basic USER PASSWORD LINE
package main

import (
	"encoding/json"
	"os"
	"strconv"
	"time"

	"github.com/masterzen/winrm"
)

func main() {
	port, err := strconv.Atoi(os.Args[2])
	if err != nil {
		panic(err)
	}
	parameters := *winrm.DefaultParameters
	if os.Args[3] == "ntlm" {
		parameters.TransportDecorator = func() winrm.Transporter { return &winrm.ClientNTLM{} }
	}
	endpoint := winrm.NewEndpoint(os.Args[1], port, false, true, nil, nil, nil, time.Minute)
	client, err := winrm.NewClientWithParameters(endpoint, os.Args[4], os.Args[5], &parameters)
	if err != nil {
		panic(err)
	}
	out, errors, code, err := client.RunWithString(os.Args[6], "")
	if err != nil {
		panic(err)
	}
	json.NewEncoder(os.Stdout).Encode([]interface{}{out, errors, code})
}
