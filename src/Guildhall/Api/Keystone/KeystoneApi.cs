namespace Guildhall.Api.Keystone;

/// <summary>The built-in identity in Keystone's shape, under <c>/v3</c>.</summary>
internal static class KeystoneApi
{
    public static void MapKeystone(this IEndpointRouteBuilder app)
    {
    }
}
