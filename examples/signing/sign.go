// SIGNET_KEY=… go run sign.go /i/article.png title="Hello world" tags='["a","b"]'
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"os"
	"sort"
	"strings"
)

func sign(path string, parameters map[string]string, secret string) string {
	names := make([]string, 0, len(parameters))
	for name := range parameters {
		names = append(names, name)
	}
	sort.Strings(names)
	text, separator := path, "?"
	for _, name := range names {
		text += separator + name + "=" + strings.ReplaceAll(url.QueryEscape(parameters[name]), "+", "%20")
		separator = "&"
	}
	key := sha256.Sum256([]byte("signet.url.v1signer" + secret))
	mac := hmac.New(sha256.New, key[:])
	mac.Write([]byte(text))
	return text + separator + "_s=" + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func main() {
	parameters := map[string]string{}
	for _, pair := range os.Args[2:] {
		name, value, _ := strings.Cut(pair, "=")
		parameters[name] = value
	}
	fmt.Println(sign(os.Args[1], parameters, os.Getenv("SIGNET_KEY")))
}
