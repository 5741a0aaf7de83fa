using Guildhall.Memberships;

namespace Guildhall.Api;

/// <summary>A refusal in the shape that the called surface documents.</summary>
internal static class ErrorBodies
{
    public static Task WriteAsync(HttpContext context, Refusal refusal) => refusal.ToResponse().ExecuteAsync(context);
}
