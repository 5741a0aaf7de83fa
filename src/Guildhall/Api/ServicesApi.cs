namespace Guildhall.Api;

/// <summary>The operations on services, channels and operation records that stand around member management.</summary>
internal static class ServicesApi
{
    public static void MapServices(this IEndpointRouteBuilder api)
    {
        api.MapListServices();
        api.MapCreateService();
        api.MapShowFlavors();
        api.MapShowService();
        api.MapShowServiceStatus();
        api.MapShowServiceNodes();
        api.MapChangeOrganizations();
        api.MapDeleteService();
        api.MapListChannels();
        api.MapCreateChannels();
        api.MapAddPeers();
        api.MapRemoveOrganizations();
        api.MapRemovePeers();
        api.MapDeleteChannel();
        api.MapListOperations();
        api.MapListQuotas();
        api.MapAttachNetwork();
        api.MapShowNetwork();
        api.MapDetachNetwork();
        api.MapChallengePossession();
        api.MapProvePossession();
        api.MapSetAutomaticSignatures();
    }
}
