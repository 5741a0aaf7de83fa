using System.Text;
using Guildhall.Identity;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using Swashbuckle.AspNetCore.SwaggerUI;

namespace Guildhall.Api;

/// <summary>The API's description: <c>/openapi/v2.json</c> for programs, <c>/docs</c> for people, and <c>/</c>, which says where they are.</summary>
/// <remarks>None of them asks who calls, and none needs another host: everything is inside the assembly.</remarks>
internal static class OpenApi
{
    public const string DocumentPath = "/openapi/v2.json";
    public const string PagePath = "/docs";

    /// <summary>Lets the pages reach this server and nothing else, whatever a script in them might try.</summary>
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
        + "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly string[] GetAndHead = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>The document as it is kept in <c>docs/openapi.json</c>.</summary>
    public static ReadOnlyMemory<byte> Document { get; } = ReadDocument();

    public static void MapOpenApi(this IEndpointRouteBuilder app)
    {
        var document = new SharedBody(
            Document, "application/json", new EntityTagHeaderValue($"\"{Sha256.Hex(Document.Span)}\""),
            KeyValuePair.Create(HeaderNames.CacheControl, "no-cache")); // keep it, and ask whether it still holds
        app.MapMethods(DocumentPath, GetAndHead, document.SendAsync);
        app.MapMethods("/", GetAndHead, ContentHttpResult (HttpContext context) =>
        {
            context.Response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
            return TypedResults.Content(FrontPage, "text/html", Encoding.UTF8);
        });
        app.MapSwaggerUI(PagePath, Configure).Add(ProtectAndShare);
    }

    private static void Configure(SwaggerUIOptions options)
    {
        options.DocumentTitle = "Guildhall API";
        options.SwaggerEndpoint(DocumentPath, "Guildhall API v2");
        options.EnableDeepLinking();
        options.DisplayOperationId();
        options.DefaultModelsExpandDepth(0);
    }

    private static void ProtectAndShare(EndpointBuilder endpoint)
    {
        var pages = new SharedPages(endpoint.RequestDelegate!);
        endpoint.RequestDelegate = context =>
        {
            context.Response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
            return pages.SendAsync(context);
        };
    }

    private static byte[] ReadDocument()
    {
        using var resource = typeof(OpenApi).Assembly.GetManifestResourceStream("openapi.json")!;
        var bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        return bytes;
    }

    private const string FrontPage =
        $$"""
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <title>Guildhall</title>
        <style>:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif } body { max-width: 38rem; margin: 4rem auto; padding: 0 1rem }</style>
        <h1>Guildhall</h1>
        <p>The register of a consortium: who is invited to a channel, who joined, who left.
        It speaks the member-management API of Huawei Cloud BCS v2.</p>
        <ul>
        <li><a href="{{PagePath}}">Every operation, to read and to try</a></li>
        <li><a href="{{DocumentPath}}">The same as an OpenAPI document</a></li>
        </ul>
        </html>

        """;
}
