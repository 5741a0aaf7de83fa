using Guildhall.Console.Shared;
using Guildhall.Operations;
using Guildhall.Storage;

namespace Guildhall.Console.Operations;

/// <summary>What was asked of the channels, and how far each has come.</summary>
internal static class OperationsPages
{
    public static async Task<IResult> ListAsync(ConsoleRequest request)
    {
        var (service, status) = (request.Query("service"), request.Query("status"));
        var filter = new OperationFilter(
            service.Length == 0 ? null : service,
            Enum.TryParse<OperationStatus>(status, ignoreCase: true, out var known) && Enum.IsDefined(known) ? known : null);
        var (found, count) = await request.Overview.ListOperationsAsync(request.Caller, filter, Pages.SkipOf(request), Pages.Rows, request.Aborted);
        var (services, _) = await request.Services.ListAsync(request.Caller, null, null, request.Aborted);
        return request.Show<OperationsView, OperationsModel>(request.T("Operations"), new OperationsModel(filter, found, services, Pages.Of(request, count)));
    }

    public static async Task<IResult> ShowAsync(ConsoleRequest request, string id)
    {
        if (await request.Overview.FindOperationAsync(request.Caller, id, request.Aborted) is not { } operation)
        {
            return request.NotFound();
        }

        request.RefreshEvery = IsUnderWay(operation) ? 5 : null;
        return request.Show<OperationView, Operation>(Told.In(request, operation.Description), operation);
    }

    public static bool IsUnderWay(Operation operation) => operation.Status is OperationStatus.Waiting or OperationStatus.Processing;
}
