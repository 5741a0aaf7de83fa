using Guildhall.Identity;
using Guildhall.Memberships;

namespace Guildhall.Api.Keystone;

/// <summary>The built-in identity in the shape of Keystone and Huawei's IAM: what SDKs and scripts use to log in and to find their project.</summary>
internal static class KeystoneApi
{
    public const string Root = "/v3";
    public const string AccessKeysRoot = "/v3.0";

    public static void MapKeystone(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup(Root).AddEndpointFilter(DressAsync);
        api.MapCreateToken();
        api.MapShowToken();
        api.MapRevokeToken();
        api.MapListProjects();
        api.MapListDomains();

        var keys = app.MapGroup(AccessKeysRoot + "/OS-CREDENTIAL/credentials").AddEndpointFilter(DressAsync);
        keys.MapCreateAccessKey();
        keys.MapListAccessKeys();
        keys.MapShowAccessKey();
        keys.MapDeleteAccessKey();
    }

    /// <summary>Who sends the request, by either door.</summary>
    public static ValueTask<Result<Principal>> AuthenticateAsync(this Doors doors, HttpContext context) =>
        Authentication.AuthenticateAsync(doors, context.RequestServices.GetRequiredService<AccountRates>(), context);

    /// <summary>This server as the caller reached it: scheme, host and port.</summary>
    public static string BaseUrlOf(HttpContext context) => $"{context.Request.Scheme}://{context.Request.Host}";

    /// <summary>SDKs put X-IAM-Trace-Id into their error messages.</summary>
    private static ValueTask<object?> DressAsync(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        invocation.HttpContext.Response.Headers["X-IAM-Trace-Id"] = invocation.HttpContext.TraceIdentifier;
        return next(invocation);
    }
}
