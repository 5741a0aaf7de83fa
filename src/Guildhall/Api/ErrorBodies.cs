using Guildhall.Api.Keystone;
using Guildhall.Memberships;

namespace Guildhall.Api;

/// <summary>A refusal in the shape that the called surface documents.</summary>
internal static class ErrorBodies
{
    public static Task WriteAsync(HttpContext context, Refusal refusal)
    {
        var path = context.Request.Path;
        IResult response = path.StartsWithSegments(KeystoneApi.Root) || path.StartsWithSegments(KeystoneApi.AccessKeysRoot)
            ? refusal.ToIamResponse()
            : refusal.ToResponse();
        return response.ExecuteAsync(context);
    }
}
