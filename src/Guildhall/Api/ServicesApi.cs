namespace Guildhall.Api;

/// <summary>The operations on services, channels and operation records that stand around member management.</summary>
internal static class ServicesApi
{
    public static void MapServices(this IEndpointRouteBuilder api)
    {
    }
}
