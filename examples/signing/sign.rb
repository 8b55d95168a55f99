# SIGNET_KEY=… ruby sign.rb /i/article.png title="Hello world" tags='["a","b"]'
require "digest"
require "erb"
require "openssl"

def sign(path, parameters, secret)
  query = parameters.sort.map { |name, value| "#{name}=#{ERB::Util.url_encode(value)}" }.join("&")
  text = query.empty? ? path : "#{path}?#{query}"
  key = Digest::SHA256.digest("signet.url.v1signer#{secret}")
  signature = [OpenSSL::HMAC.digest("SHA256", key, text)].pack("m0").tr("+/", "-_").delete("=")
  "#{text}#{query.empty? ? "?" : "&"}_s=#{signature}"
end

puts sign(ARGV[0], ARGV.drop(1).to_h { |pair| pair.split("=", 2) }, ENV.fetch("SIGNET_KEY")) if $PROGRAM_NAME == __FILE__
