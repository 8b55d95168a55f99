// SIGNET_KEY=… java Sign.java /i/article.png title="Hello world" tags='["a","b"]'
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public class Sign {
    static String escape(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8)
            .replace("+", "%20").replace("*", "%2A").replace("%7E", "~");
    }

    static String sign(String path, Map<String, String> parameters, String secret) throws Exception {
        String text = path, separator = "?";
        for (Map.Entry<String, String> parameter : new TreeMap<>(parameters).entrySet()) {
            text += separator + parameter.getKey() + "=" + escape(parameter.getValue());
            separator = "&";
        }
        byte[] key = MessageDigest.getInstance("SHA-256")
            .digest(("signet.url.v1signer" + secret).getBytes(StandardCharsets.UTF_8));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        byte[] signature = mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        return text + separator + "_s=" + Base64.getUrlEncoder().withoutPadding().encodeToString(signature);
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, String> parameters = new TreeMap<>();
        for (int i = 1; i < arguments.length; i++) {
            String[] pair = arguments[i].split("=", 2);
            parameters.put(pair[0], pair[1]);
        }
        System.out.println(sign(arguments[0], parameters, System.getenv("SIGNET_KEY")));
    }
}
