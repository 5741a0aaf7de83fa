using Guildhall.Identity;
using Microsoft.Net.Http.Headers;

namespace Guildhall.Console;

/// <summary>A file that pages are shown with. It is inside the assembly, and its address changes with its content.</summary>
internal sealed class Asset
{
    private const string Folder = ConsoleApp.Root + "/assets/";

    private readonly byte[] content;
    private readonly string type;
    private readonly string hash;

    private Asset(string name, string type)
    {
        using var resource = typeof(Asset).Assembly.GetManifestResourceStream("console/" + name)!;
        content = new byte[resource.Length];
        resource.ReadExactly(content);
        hash = Sha256.Hex(content);
        this.type = type;
        Address = $"{Folder}{name}?v={hash[..12]}";
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
        var isNamedByContent = context.Request.Query["v"] == hash[..12];
        var headers = context.Response.Headers;
        headers.CacheControl = isNamedByContent ? "public, max-age=31536000, immutable" : "no-cache";
        headers.ContentSecurityPolicy = "default-src 'none'";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        return TypedResults.Bytes(content, type, entityTag: new EntityTagHeaderValue($"\"{hash}\"")).ExecuteAsync(context);
    }
}
