using Guildhall.Api;
using Guildhall.Identity;
using Microsoft.Net.Http.Headers;

namespace Guildhall.Console;

/// <summary>A file that pages are shown with. It is inside the assembly, and its address changes with its content.</summary>
internal sealed class Asset
{
    private const string Folder = ConsoleApp.Root + "/assets/";

    private readonly SharedBody body;
    private readonly string version;

    private Asset(string name, string type)
    {
        using var resource = typeof(Asset).Assembly.GetManifestResourceStream("console/" + name)!;
        var content = new byte[resource.Length];
        resource.ReadExactly(content);
        var hash = Sha256.Hex(content);
        version = hash[..12];
        body = new SharedBody(
            content, type, new EntityTagHeaderValue($"\"{hash}\""),
            KeyValuePair.Create(HeaderNames.ContentSecurityPolicy, "default-src 'none'"),
            KeyValuePair.Create("Cross-Origin-Resource-Policy", "same-origin"));
        Address = $"{Folder}{name}?v={version}";
    }

    public static Asset Style { get; } = new("console.css", "text/css; charset=utf-8");

    public static Asset Script { get; } = new("console.js", "text/javascript; charset=utf-8");

    public static Asset Icon { get; } = new("icon.svg", "image/svg+xml");

    /// <summary>Where pages find it.</summary>
    public string Address { get; }

    /// <summary>The file that the request asks for; null when it asks for none.</summary>
    public static Asset? Find(HttpRequest request) => request.Path.Value switch
    {
        Folder + "console.css" => Style,
        Folder + "console.js" => Script,
        Folder + "icon.svg" => Icon,
        _ => null,
    };

    public Task SendAsync(HttpContext context)
    {
        var isNamedByContent = context.Request.Query["v"] == version;
        context.Response.Headers.CacheControl = isNamedByContent ? "public, max-age=31536000, immutable" : "no-cache";
        return body.SendAsync(context);
    }
}
