<?php
// SIGNET_KEY=… php sign.php /i/article.png title="Hello world" tags='["a","b"]'

function sign(string $path, array $parameters, string $secret): string
{
    ksort($parameters, SORT_STRING);
    $pairs = [];
    foreach ($parameters as $name => $value) {
        $pairs[] = $name . '=' . rawurlencode($value);
    }
    $text = $pairs ? $path . '?' . implode('&', $pairs) : $path;
    $key = hash('sha256', 'signet.url.v1signer' . $secret, true);
    $signature = rtrim(strtr(base64_encode(hash_hmac('sha256', $text, $key, true)), '+/', '-_'), '=');
    return $text . ($pairs ? '&' : '?') . '_s=' . $signature;
}

if (realpath($_SERVER['SCRIPT_FILENAME']) === __FILE__) {
    $parameters = [];
    foreach (array_slice($argv, 2) as $pair) {
        [$name, $value] = explode('=', $pair, 2);
        $parameters[$name] = $value;
    }
    echo sign($argv[1], $parameters, getenv('SIGNET_KEY')), "\n";
}
